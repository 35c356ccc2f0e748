"""Addresses of one's own things: under `/<slug>/`, and those of no portal."""

from django.urls import path

from . import companies, views
from .access_requests import urls as access_requests
from .door import urls as door
from .factors import urls as factors
from .matrix import urls as matrix
from .members import urls as members
from .myself import urls as myself
from .portals import urls as portals
from .usage import urls as usage
from .viewing import urls as viewing

PAGES = [
    *(*members.PAGES, *matrix.PAGES, *viewing.PAGES, *usage.PAGES),
    path("companies/find/", companies.find, name="find_companies"),
    path("profile/", views.profile, name="profile"),
    path("profile/preferences/", views.preferences, name="preferences"),
    path("profile/place/", views.switch, name="switch"),
    *myself.PAGES,
    *portals.PAGES,
    *factors.PAGES,
    *access_requests.PAGES,
    *door.PAGES,
]
OUTSIDE = [
    path("profile/preferences/", views.preferences, name="preferences_outside"),
    *door.OUTSIDE,
    *myself.OUTSIDE,
    *portals.OUTSIDE,
    *factors.OUTSIDE,
    *access_requests.OUTSIDE,
]
