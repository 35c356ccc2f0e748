"""`atrio load`: a file of the ERP into a portal."""

import json
import sys
import time
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext

from atrio.core.actor import Actor
from atrio.core.crossing import portal_by_slug
from atrio.erp.loads.engine import Counts, Order
from atrio.erp.loads.mapping import load_mapping
from atrio.erp.loads.rows import Files
from atrio.erp.loads.running import COUNTED, begin, run
from atrio.erp.loads.types import types_by_name
from atrio.erp.loads.values import Refused
from atrio.erp.models import State

EVERY = 0.2  # seconds between two lines of progress


class Command(BaseCommand):
    help = "Load a file of the ERP: CSV, XLSX, JSON, NDJSON or Parquet."

    def add_arguments(self, parser):
        types = list(types_by_name())
        parser.add_argument("file", type=Path, help="the file to load")
        parser.add_argument("--portal", required=True, metavar="SLUG", help="the portal's address")
        parser.add_argument("--type", required=True, choices=types, metavar="TYPE", help=", ".join(types))
        parser.add_argument("--mapping", type=Path, metavar="FILE.toml", help="how the file's columns are to be read")
        parser.add_argument("--lines", type=Path, metavar="FILE", help="the documents' lines, in a file of their own")
        parser.add_argument("--base", type=Path, metavar="FOLDER", help="where the files that the mapping names are")
        parser.add_argument("--dry-run", action="store_true", help="check everything, change nothing")
        parser.add_argument("--skip-bad", action="store_true", help="load the good rows, leave out the bad ones")
        parser.add_argument("--errors", type=Path, metavar="FILE.csv", help="also write the bad rows to this file")
        parser.add_argument(
            "--notify", action="store_true", default=None, help="tell people of each new document, however many"
        )
        parser.add_argument("--no-notify", action="store_false", dest="notify", help="tell nobody")

    def handle(self, *args, **options):
        portal = portal_by_slug(options["portal"])
        if portal is None:
            raise CommandError(f"There is no portal “{options['portal']}”.")
        actor = Actor.system(portal, "ERP")
        order = self._order(options)
        record = begin(actor, order, mapping=str(options["mapping"] or "")[:200])
        bar = Progress(self.stderr)
        run(actor, order, record, bar.show)
        bar.end()
        self.stdout.write(json.dumps(summary(record, options["errors"]), ensure_ascii=False, indent=2))
        if record.state != State.DONE:
            sys.exit(1)

    def _order(self, options) -> Order:
        try:
            mapping = load_mapping(options["mapping"]) if options["mapping"] else None
        except Refused as refused:
            with translation.override("en"):
                raise CommandError(refused.reason.sentence(gettext)) from refused
        return Order(
            kind=types_by_name()[options["type"]],
            files=Files(options["file"], options["lines"], options["base"]),
            mapping=mapping,
            dry_run=options["dry_run"],
            skip_bad=options["skip_bad"],
            notify=options["notify"],
        )


class Progress:
    """One line on standard error that says how far it is."""

    def __init__(self, stream):
        self.stream = stream
        self.shown = 0.0

    def show(self, counts: Counts) -> None:
        if time.monotonic() - self.shown < EVERY:
            return
        self.shown = time.monotonic()
        rate = counts.read / counts.seconds if counts.seconds else 0
        self.stream.write(f"\r{counts.read:,} read, {counts.unchanged:,} unchanged, {rate:,.0f}/s", ending="")
        self.stream.flush()

    def end(self) -> None:
        if self.shown:
            self.stream.write("")


def summary(record, errors: Path | None) -> dict:
    """What a program needs to know of a load that is over."""
    found = {name: getattr(record, name) for name in COUNTED}
    found |= {"seconds": float(record.seconds), "dry_run": record.dry_run, "state": record.state, "load": record.pk}
    path = None
    if record.errors_file:
        path = default_storage.path(record.errors_file) if hasattr(default_storage, "path") else record.errors_file
        if errors:
            with default_storage.open(record.errors_file) as file:
                errors.write_bytes(file.read())
            path = str(errors)
    return found | {"errors_file": path, "problem": record.problem or None}
