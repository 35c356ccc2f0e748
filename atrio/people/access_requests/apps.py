from django.apps import AppConfig


class AccessRequestsConfig(AppConfig):
    name = "atrio.people.access_requests"
    label = "access_requests"
