from django.apps import AppConfig


class SalesInvoicesConfig(AppConfig):
    name = "atrio.receivables.sales_invoices"
    label = "sales_invoices"
