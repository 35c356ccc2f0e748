"""`atrio api_key`: keys for programs, made and revoked without a browser."""

import datetime as dt

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atrio.core.actor import Actor
from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope
from atrio.erp.api import keys, owners
from atrio.erp.api.scopes import expanded, offered
from atrio.erp.models import ApiKey


class Command(BaseCommand):
    help = "Make a key for a program, list those of a portal, or revoke one."

    def add_arguments(self, parser):
        parser.add_argument("--portal", required=True, metavar="SLUG", help="the portal's address")
        parser.add_argument("--name", metavar="NAME", help="make a key for the program of this name")
        every = f"{', '.join(offered())}; * stands for every type"
        parser.add_argument("--scope", action="append", default=[], metavar="TYPE:VERB", help=every)
        parser.add_argument("--days", type=int, metavar="N", help="the key ends after so many days")
        parser.add_argument("--rate", type=int, default=600, metavar="N", help="requests a minute")
        parser.add_argument("--revoke", metavar="PREFIX", help="revoke the key that is shown so")

    def handle(self, *args, **options):
        portal = portal_by_slug(options["portal"])
        if portal is None:
            raise CommandError(f"There is no portal “{options['portal']}”.")
        actor = Actor.system(portal)
        with scope(actor):
            if options["revoke"]:
                self._revoke(actor, options["revoke"])
            elif options["name"]:
                self._make(actor, options)
            else:
                self._list(actor)

    def _make(self, actor: Actor, options) -> None:
        scopes = expanded(options["scope"])
        unknown = sorted(set(scopes) - set(offered()))
        if unknown or not scopes:
            raise CommandError(f"No such scope: {', '.join(unknown)}" if unknown else "Name at least one --scope.")
        if options["rate"] < 1 or (options["days"] is not None and options["days"] < 1):
            raise CommandError("--rate and --days must be 1 or more.")
        expires = timezone.now() + dt.timedelta(days=options["days"]) if options["days"] else None
        key, text = keys.make(actor, options["name"][:80], scopes, expires_at=expires, rate=options["rate"])
        owners.tell(actor, key, "key_made", scopes=scopes)
        self.stdout.write(text)

    def _revoke(self, actor: Actor, prefix: str) -> None:
        found = ApiKey.objects.filter(portal_id=actor.portal.id, prefix=prefix, revoked_at=None)
        key = found.first()
        if key is None or not found.update(revoked_at=timezone.now()):
            raise CommandError(f"There is no such key: {prefix}")
        owners.tell(actor, key, "key_revoked")

    def _list(self, actor: Actor) -> None:
        for key in ApiKey.objects.filter(portal_id=actor.portal.id).order_by("pk"):
            state = "revoked" if key.revoked_at else f"last used {key.last_used_at or 'never'}"
            self.stdout.write(f"{key.prefix}  {key.name}  {' '.join(key.scopes)}  {state}")
