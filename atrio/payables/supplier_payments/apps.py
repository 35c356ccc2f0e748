from django.apps import AppConfig


class SupplierPaymentsConfig(AppConfig):
    name = "atrio.payables.supplier_payments"
    label = "supplier_payments"
