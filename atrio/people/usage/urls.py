"""Addresses of the statistics of use, and of what pages tell of it."""

from django.urls import path

from . import recording, views

PAGES = [
    path("usage/", views.index, name="usage"),
    path("usage/export.csv", views.export, name="usage_csv"),
    path("usage/present/", recording.present, name="usage_present"),
    path("usage/downloaded/", recording.downloaded, name="usage_downloaded"),
]
