"""`atrio reencrypt`: after a new key was put before the old one, write every kept secret under the new one."""

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from atrio.core.encryption import Unreadable, renewed


class Command(BaseCommand):
    help = "write all secrets that are kept encrypted under the first of ATRIO_ENCRYPTION_KEYS"

    def handle(self, *args, **options):
        lost = []
        for label in settings.ENCRYPTED_FIELDS:
            model, _dot, field = label.rpartition(".")
            done, unreadable = renew(apps.get_model(model), field)
            lost += [f"{label} {pk}" for pk in unreadable]
            self.stdout.write(f"{label}: {done} written under the first key")
        if lost:
            raise CommandError(f"None of the keys reads these, so they have to be typed again: {', '.join(lost)}")


@transaction.atomic
def renew(model, field: str) -> tuple[int, list[int]]:
    """How many were written, and the ids of those that no key reads, which stay as they are."""
    done, unreadable = 0, []
    for row in model._base_manager.exclude(**{field: ""}).select_for_update().order_by("pk"):
        try:
            setattr(row, field, renewed(getattr(row, field)))
        except Unreadable:
            unreadable.append(row.pk)
            continue
        row.save(update_fields=[field])
        done += 1
    return done, unreadable
