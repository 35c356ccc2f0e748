"""Addresses of the people of a portal."""

from django.urls import path

from atrio.core import listviews

from . import views
from .doctype import PEOPLE

KIND = {"kind": PEOPLE}
PAGES = [
    path("people/", listviews.index, KIND, name="people"),
    path("people/views/", listviews.save_view, KIND, name="people_save_view"),
    path("people/views/<int:view>/delete/", listviews.delete_view, KIND, name="people_delete_view"),
    path("people/export.csv", listviews.export_csv, KIND, name="people_csv"),
    path("people/export.xlsx", listviews.export_xlsx, KIND, name="people_xlsx"),
    path("people/sign-out/", views.sign_out_all, name="people_sign_out"),
    path("people/<int:pk>/", views.detail, name="person"),
    *(
        path(f"people/<int:pk>/{verb.name}/", views.act, {"verb": verb}, name=f"person_{verb.name}")
        for verb in views.VERBS
    ),
]
