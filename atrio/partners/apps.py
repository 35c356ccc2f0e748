from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "atrio.partners"
    label = "partners"
