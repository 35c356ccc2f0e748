from django.apps import AppConfig


class ErpConfig(AppConfig):
    name = "atrio.erp"
    label = "erp"
