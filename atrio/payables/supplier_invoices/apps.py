from django.apps import AppConfig


class SupplierInvoicesConfig(AppConfig):
    name = "atrio.payables.supplier_invoices"
    label = "supplier_invoices"
