from django.apps import AppConfig


class ReceiptsConfig(AppConfig):
    name = "atrio.purchasing.receipts"
    label = "receipts"
