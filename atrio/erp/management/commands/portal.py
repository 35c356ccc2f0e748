"""`atrio portal`: a portal out of one installation and into another."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from atrio.core.actions import NotNow
from atrio.core.crossing import portal_by_slug
from atrio.erp.moving.archive import Damaged
from atrio.erp.moving.exporting import export
from atrio.erp.moving.importing import bring_in


class Command(BaseCommand):
    help = "Export a portal whole, or import one."

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        out = verbs.add_parser("export", help="write a portal with all that belongs to it into one file")
        out.add_argument("slug", help="the portal's address")
        out.add_argument("file", type=Path)
        into = verbs.add_parser("import", help="make a portal from such a file")
        into.add_argument("file", type=Path)
        into.add_argument("--slug", default="", help="another address than the one it had")

    def handle(self, *args, **options):
        try:
            self._export(options) if options["verb"] == "export" else self._import(options)
        except (Damaged, NotNow) as problem:
            raise CommandError(str(problem)) from problem
        except (FileExistsError, FileNotFoundError, PermissionError) as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}") from error

    def _export(self, options) -> None:
        portal = portal_by_slug(options["slug"])
        if portal is None:
            raise CommandError(f"There is no portal “{options['slug']}”.")
        said = export(portal, options["file"].absolute())
        for name in said["missing_files"]:
            self.stderr.write(f"A document names the file {name}, which is not in the storage.")
        if said["broken_seals"]:
            self.stderr.write(f"The events under these seals are no longer what they were: {said['broken_seals']}")
        self.stdout.write(f"{sum(said['rows'].values())} rows in {options['file']}")

    def _import(self, options) -> None:
        portal, people = bring_in(options["file"].absolute(), options["slug"])
        self.stdout.write(f"{portal.name} is at /{portal.slug}/")
        self.stdout.write(f"{len(people['known'])} people had an account here already")
        for email in people["new"]:
            self.stdout.write(f"new, without a password: {email}")
