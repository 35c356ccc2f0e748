from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "atrio.people"
    label = "people"
