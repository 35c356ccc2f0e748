"""Addresses of the door: of no portal but for one's sessions."""

from django.urls import path

from . import views

PAGES = [
    path("profile/sessions/", views.own_sessions, name="sessions"),
    path("profile/sessions/end/", views.end_session, name="session_end"),
    path("profile/sessions/end-all/", views.end_sessions, name="sessions_end"),
]
OUTSIDE = [
    path("accounts/login/", views.SignIn.as_view(), name="account_login"),
    path("accounts/logout/", views.SignOut.as_view(), name="account_logout"),
    path("accounts/reauthenticate/", views.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("accounts/continue/", views.carry_on, name="account_continue"),
    path("accounts/password/change/", views.ChangePassword.as_view(), name="account_change_password"),
    path("accounts/password/reset/", views.recovery, name="account_reset_password"),
    path("accounts/password/reset/sent/", views.recovery_sent, name="account_reset_password_done"),
    path("accounts/password/reset/<str:secret>/", views.new_password, name="account_reset_password_from_key"),
]
