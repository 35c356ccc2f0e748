"""Addresses of the account pages, under a portal's own."""

from django.urls import path

from . import views

PAGES = [
    path("statement/", views.statement, name="statement"),
    path("statement/pdf/", views.statement_pdf, name="statement_pdf"),
    path("statement/export.xlsx", views.statement_xlsx, name="statement_xlsx"),
    path("balances/", views.balances, name="balances"),
    path("balances/export.csv", views.balances_csv, name="balances_csv"),
    path("balances/export.xlsx", views.balances_xlsx, name="balances_xlsx"),
]
