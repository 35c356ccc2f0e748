"""Addresses of a document type: the same for all, before those of its own."""

from django.urls import include, path

from . import documentviews, formviews, listviews
from .doctypes import DocumentType, document_types


def addresses(kind: DocumentType) -> list:
    here = {"kind": kind}
    return [
        path("", listviews.index, here, name="index"),
        path("export.csv", listviews.export_csv, here, name="csv"),
        path("export.xlsx", listviews.export_xlsx, here, name="xlsx"),
        path("views/", listviews.save_view, here, name="save_view"),
        path("views/<int:view>/delete/", listviews.delete_view, here, name="delete_view"),
        path("pdfs.zip", documentviews.pdfs, here, name="pdfs"),
        path("new/", formviews.new, here, name="new"),
        path("drafts/", formviews.autosave, here, name="autosave"),
        path("drafts/discard/", formviews.discard, here, name="discard"),
        *kind.urls,
        path("<int:pk>/", documentviews.detail, here, name="detail"),
        path("<int:pk>/edit/", formviews.edit, here, name="edit"),
        path("<int:pk>/seen/", documentviews.seen, here, name="seen"),
        path("<int:pk>/notes/", documentviews.note, here, name="note"),
        path("<int:pk>/files/", documentviews.attach, here, name="attach"),
        path("<int:pk>/files/<int:file_id>/", documentviews.file, here, name="file"),
        path("<int:pk>/follow/", documentviews.follow, here, name="follow"),
        path("<int:pk>/pdf/", documentviews.pdf, here, name="pdf"),
        path("<int:pk>/<slug:name>/", documentviews.act, here, name="act"),
    ]


def all_addresses() -> list:
    return [path(f"{kind.name}/", include((addresses(kind), kind.name))) for kind in document_types().values()]
