from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "atrio.catalog"
    label = "catalog"
