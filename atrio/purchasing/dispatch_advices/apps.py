from django.apps import AppConfig


class DispatchAdvicesConfig(AppConfig):
    name = "atrio.purchasing.dispatch_advices"
    label = "dispatch_advices"
