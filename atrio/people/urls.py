"""Addresses of one's own things: under `/<slug>/`, and those of no portal."""

from django.urls import path

from . import views
from .access_requests.urls import OUTSIDE as INVITED
from .access_requests.urls import PAGES as ADMISSION
from .door import urls as door
from .factors import urls as factors
from .portals import urls as portals

PAGES = [
    path("profile/", views.profile, name="profile"),
    path("profile/preferences/", views.preferences, name="preferences"),
    path("profile/place/", views.switch, name="switch"),
    *door.PAGES,
    *portals.PAGES,
    *factors.PAGES,
    *ADMISSION,
]
OUTSIDE = [
    path("profile/preferences/", views.preferences, name="preferences_outside"),
    *door.OUTSIDE,
    *portals.OUTSIDE,
    *factors.OUTSIDE,
    *INVITED,
]
