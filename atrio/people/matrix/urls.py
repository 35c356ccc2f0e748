"""Addresses of the roles of a portal."""

from django.urls import path

from . import views

PAGES = [
    path("roles/", views.index, name="roles"),
    path("roles/new/", views.new, name="role_new"),
    path("roles/who/", views.who, name="role_who"),
    path("roles/<int:pk>/", views.detail, name="role"),
    path("roles/<int:pk>/edit/", views.edit, name="role_edit"),
    path("roles/<int:pk>/delete/", views.delete, name="role_delete"),
]
