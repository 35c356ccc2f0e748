"""`atrio openapi`: the description of the API, as docs/openapi.json keeps it."""

import json

from django.core.management.base import BaseCommand

from atrio.erp.api.openapi import document


class Command(BaseCommand):
    help = "Print the OpenAPI description of the API."

    def handle(self, *args, **options):
        self.stdout.write(json.dumps(document(), ensure_ascii=False, indent=1))
