"""`atrio bench seed`: a database as large as asked, and who can sign in to it."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from atrio.core.crossing import portal_by_slug, portal_ids
from atrio.erp.seeding import seed, seed_ledger, slug_of


class Command(BaseCommand):
    help = "Fill a database for measuring: bench seed --documents N --portals M."

    def add_arguments(self, parser):
        commands = parser.add_subparsers(dest="what", required=True, metavar="seed")
        command = commands.add_parser("seed", help="make portals with sales invoices of five lines")
        command.add_argument("--documents", type=int, default=10_000, metavar="N", help="sales invoices in all")
        command.add_argument("--portals", type=int, default=1, metavar="M", help="portals that share them")
        command.add_argument(
            "--open-items", type=int, default=0, metavar="K", help="and one portal with so many of them"
        )
        command.add_argument("--force", action="store_true", help="also in a database that holds other portals")

    def handle(self, *args, **options):
        documents, portals = options["documents"], options["portals"]
        if portals < 1 or documents < portals:
            raise CommandError("At least one portal, and at least one document for each.")
        if portal_ids() and portal_by_slug(slug_of(1)) is None and not options["force"]:
            raise CommandError("There are other portals in this database; --force adds the invented ones.")
        started = time.monotonic()
        people = seed(documents, portals, self._say)
        if options["open_items"]:
            people += seed_ledger(options["open_items"], self._say)
        seconds = time.monotonic() - started
        self.stderr.write(f"  {documents:,} documents in {portals} portals, {seconds:,.0f} s")
        for one in people:
            self.stdout.write(f"{one.what}\t{one.email}\t{one.password}\t{settings.BASE_URL}{one.address}")

    def _say(self, step: str) -> None:
        self.stderr.write(f"  {step}")
