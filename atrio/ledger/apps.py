from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "atrio.ledger"
    label = "ledger"
