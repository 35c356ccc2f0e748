"""Addresses of one's own things: under `/<slug>/`, and those of no portal."""

from django.urls import path

from . import views
from .access_requests.urls import OUTSIDE as INVITED
from .access_requests.urls import PAGES as ADMISSION
from .factors import urls as factors
from .myself import urls as myself
from .portals import urls as portals

PAGES = [
    path("profile/", views.profile, name="profile"),
    path("profile/preferences/", views.preferences, name="preferences"),
    path("profile/place/", views.switch, name="switch"),
    *myself.PAGES,
    *portals.PAGES,
    *factors.PAGES,
    *ADMISSION,
]
OUTSIDE = [
    path("profile/preferences/", views.preferences, name="preferences_outside"),
    path("accounts/login/", views.SignIn.as_view(), name="account_login"),
    path("accounts/logout/", views.SignOut.as_view(), name="account_logout"),
    path("accounts/password/change/", views.ChangePassword.as_view(), name="account_change_password"),
    *myself.OUTSIDE,
    *portals.OUTSIDE,
    *factors.OUTSIDE,
    *INVITED,
]
