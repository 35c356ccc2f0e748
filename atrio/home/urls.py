"""Addresses under `/<slug>/` that belong to no document type."""

from django.urls import path

from . import views

PAGES = [
    path("", views.home, name="home"),
    path("search/", views.find, name="search"),
    path("notifications/", views.notification_list, name="notifications"),
    path("notifications/unread/", views.unread, name="unread"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:pk>/open/", views.open_notification, name="open_notification"),
]
