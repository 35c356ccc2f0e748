"""`atrio reindex`: rows that are not found by typing get their search words again."""

from django.core.management.base import BaseCommand, CommandError

from atrio.core.crossing import portal_facts, portal_ids
from atrio.erp.reindexing import Done, reindex, searched

from .user import portal_at


class Command(BaseCommand):
    help = "Write the search words of rows that have lost theirs, while the portal works."

    def add_arguments(self, parser):
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="the portals; all of them if none is named")

    def handle(self, *args, **options):
        portals = [portal_at(slug) for slug in options["slugs"]] or [portal_facts(pk) for pk in portal_ids()]
        left = 0
        for portal in portals:
            for kind in searched():
                done = Done()
                for done in reindex(portal, kind):
                    self._progress(f"{portal.slug} {kind.name}: {done.looked} looked at")
                left += done.left
                self.stdout.write(f"{portal.slug} {kind.name}: {done.looked} looked at, {done.written} written")
        if left:
            raise CommandError(f"{left} rows were being changed all the while. Run it again.")

    def _progress(self, text: str) -> None:
        """On a terminal only: one line that is written over."""
        if self.stdout.isatty():
            self.stdout.write(f"{text}\r", ending="")
