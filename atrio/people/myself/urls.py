"""Addresses of one's own account."""

from django.urls import path

from . import email, notices, personal, taking_back

PAGES = [
    path("profile/email/", email.change, name="change_email"),
    path("profile/notices/", notices.edit, name="notices"),
    path("profile/data/", personal.show, name="own_data"),
    path("profile/data/take/", personal.take, name="take_data"),
    path("profile/erase/", personal.erase, name="erase_account"),
]
OUTSIDE = [
    path("accounts/email/<str:secret>/", email.confirm, name="confirm_email"),
    path("accounts/email/back/<str:secret>/", taking_back.take_back, name="take_email_back"),
]
