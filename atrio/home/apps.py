from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "atrio.home"
    label = "home"
