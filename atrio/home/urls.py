"""Addresses under `/<slug>/` that belong to no document type."""

from django.urls import path

from atrio.core import listviews

from . import audit, outbox, views

AUDIT = {"kind": audit.AUDIT}
OUTBOX = {"kind": outbox.OUTBOX}
PAGES = [
    path("audit/", listviews.index, AUDIT, name="audit"),
    path("audit/views/", listviews.save_view, AUDIT, name="audit_save_view"),
    path("audit/views/<int:view>/delete/", listviews.delete_view, AUDIT, name="audit_delete_view"),
    path("audit/export.csv", listviews.export_csv, AUDIT, name="audit_csv"),
    path("audit/export.xlsx", listviews.export_xlsx, AUDIT, name="audit_xlsx"),
    path("audit/<int:pk>/", audit.document_of, name="audit_document"),
    path("outbox/", listviews.index, OUTBOX, name="outbox"),
    path("outbox/views/", listviews.save_view, OUTBOX, name="outbox_save_view"),
    path("outbox/views/<int:view>/delete/", listviews.delete_view, OUTBOX, name="outbox_delete_view"),
    path("outbox/export.csv", listviews.export_csv, OUTBOX, name="outbox_csv"),
    path("outbox/export.xlsx", listviews.export_xlsx, OUTBOX, name="outbox_xlsx"),
    path("outbox/<int:pk>/", outbox.show, name="outbox_mail"),
    path("outbox/<int:pk>/send/", outbox.send_again, name="outbox_send"),
    path("", views.home, name="home"),
    path("search/", views.find, name="search"),
    path("notifications/", views.notification_list, name="notifications"),
    path("notifications/unread/", views.unread, name="unread"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:pk>/open/", views.open_notification, name="open_notification"),
]
