"""Addresses of opening a portal, and of what its administrators set."""

from django.urls import path

from . import brand, first_steps, hub, mailpage, share, views

OUTSIDE = [
    path("new/", views.new, name="new_portal"),
    path("new/address/", views.address, name="new_portal_address"),
    path("new/<str:secret>/", views.confirm, name="new_portal_confirm"),
    path("public/logo/<slug:portal>/<str:name>.png", brand.picture, name="logo"),
]
PAGES = [
    path("first-steps/", first_steps.show, name="first_steps"),
    path("settings/", hub.show, name="settings"),
    path("settings/brand/", brand.edit, name="brand_settings"),
    path("settings/brand/logo/", brand.replace_logo, name="brand_logo"),
    path("settings/share/", share.show, name="share"),
    path("settings/share/qr.svg", share.code, {"form": "svg"}, name="share_svg"),
    path("settings/share/qr.png", share.code, {"form": "png"}, name="share_png"),
    path("settings/mail/", mailpage.edit, name="mail_settings"),
    path("settings/mail/test/", mailpage.test, name="mail_settings_test"),
]
