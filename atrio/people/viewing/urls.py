"""Addresses of the view as a partner."""

from django.urls import path

from . import views

PAGES = [
    path("view-as/", views.begin, name="view_as"),
    path("view-as/end/", views.end, name="view_as_end"),
]
