from django.apps import AppConfig


class PurchaseOrdersConfig(AppConfig):
    name = "atrio.purchasing.purchase_orders"
    label = "purchase_orders"
