from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "atrio.config"
    label = "config"
