"""The pages of a portal through which its ERP's files come in, and through which programs are let in."""

from django.urls import path

from .api import pages
from .loads import views

PAGES = [
    path("loads/", views.index, name="loads"),
    path("loads/templates/<slug:name>.csv", views.template, name="load_template"),
    path("loads/<int:pk>/", views.show, name="load"),
    path("loads/<int:pk>/start/", views.start, name="load_start"),
    path("loads/<int:pk>/errors.csv", views.errors, name="load_errors"),
    path("api-keys/", pages.index, name="api_keys"),
    path("api-keys/<int:pk>/take-over/", pages.take, name="api_key_take_over"),
    path("api-keys/<int:pk>/revoke/", pages.revoke, name="api_key_revoke"),
]
