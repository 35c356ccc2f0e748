"""Addresses of one's own things: under `/<slug>/`, and those of no portal."""

from django.urls import path

from . import views
from .access_requests.urls import OUTSIDE as INVITED
from .access_requests.urls import PAGES as ADMISSION
from .factors import urls as factors
from .matrix.urls import PAGES as ROLES
from .members.urls import PAGES as MEMBERS
from .portals import urls as portals
from .usage.urls import PAGES as USAGE
from .viewing.urls import PAGES as VIEWING

PAGES = [
    *(*MEMBERS, *ROLES, *VIEWING, *USAGE),
    path("profile/", views.profile, name="profile"),
    path("profile/preferences/", views.preferences, name="preferences"),
    path("profile/place/", views.switch, name="switch"),
    *portals.PAGES,
    *factors.PAGES,
    *ADMISSION,
]
OUTSIDE = [
    path("profile/preferences/", views.preferences, name="preferences_outside"),
    path("accounts/login/", views.SignIn.as_view(), name="account_login"),
    path("accounts/logout/", views.SignOut.as_view(), name="account_logout"),
    path("accounts/password/change/", views.ChangePassword.as_view(), name="account_change_password"),
    *portals.OUTSIDE,
    *factors.OUTSIDE,
    *INVITED,
]
