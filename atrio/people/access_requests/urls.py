"""Addresses around access requests: those of their list and pages come with their document type."""

from django.urls import path

from . import accepting, joining, loading, sending

PAGES = [
    path("join/", joining.join, name="join"),
    path("invitations/load/", loading.load, name="load_partners"),
    path("invitations/send/", sending.send, name="send_invitations"),
    path("invitations/<int:pk>/", sending.progress, name="invitations"),
]
OUTSIDE = [path("accounts/invitation/<str:secret>/", accepting.invitation, name="invitation")]
