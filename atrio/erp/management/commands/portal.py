"""`atrio portal`: portals made, listed, closed and opened; and one out of an installation and into another."""

from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.db import transaction

from atrio.core.actions import NotNow
from atrio.core.actor import Actor
from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope
from atrio.erp.moving.archive import Damaged
from atrio.erp.moving.exporting import export
from atrio.erp.moving.importing import bring_in
from atrio.erp.portals import account, join, make_portal
from atrio.people import operating

from ._printing import Lists


class Command(Lists):
    help = "Make, list, close and open portals; export a portal whole, or import one."

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        self._add_making(verbs)
        listed = verbs.add_parser("list", help="list every portal, with those that are closed")
        listed.add_argument("--json", action="store_true", help="for programs")
        for verb, said in (("disable", "close a portal: nobody and no program comes in"), ("enable", "open it again")):
            verbs.add_parser(verb, help=said).add_argument("slug", help="the portal's address")
        out = verbs.add_parser("export", help="write a portal with all that belongs to it into one file")
        out.add_argument("slug", help="the portal's address")
        out.add_argument("file", type=Path)
        into = verbs.add_parser("import", help="make a portal from such a file")
        into.add_argument("file", type=Path)
        into.add_argument("--slug", default="", help="another address than the one it had")

    def _add_making(self, verbs) -> None:
        new = verbs.add_parser("create", help="make a portal and its administrator, who chooses a password by a link")
        new.add_argument("slug", help="its address: small letters, digits and hyphens")
        new.add_argument("name", help="its trade name")
        new.add_argument("admin", metavar="E-MAIL", help="of its first administrator")
        new.add_argument("--admin-name", default="", metavar="NAME")
        new.add_argument("--currency", default="COP")
        new.add_argument("--country", default="CO", help="two letters, as in ISO 3166")
        new.add_argument("--language", default="es", choices=("es", "pt-br", "en"))
        new.add_argument("--time-zone", default="America/Bogota")
        new.add_argument("--mail", action="store_true", help="send the link by mail instead of printing it")
        new.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args, **options):
        verb = {
            "create": self._create,
            "list": self._list,
            "disable": self._close,
            "enable": self._close,
            "export": self._export,
            "import": self._import,
        }
        try:
            verb[options["verb"]](options)
        except (Damaged, NotNow) as problem:
            raise CommandError(str(problem)) from problem
        except (FileExistsError, FileNotFoundError, PermissionError) as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}") from error

    def _create(self, options) -> None:
        email = options["admin"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as problem:
            raise CommandError(f"“{options['admin']}” is no e-mail address.") from problem
        facts = {name: options[name] for name in ("currency", "country", "language", "time_zone")}
        with transaction.atomic():
            portal = make_portal(options["slug"], options["name"], **facts)
            user = account(email, options["admin_name"] or email)
            with scope(Actor.system(portal)):
                join(portal, user, "administrator")
            if options["mail"]:
                operating.welcome(portal, user)
            link = "" if options["mail"] else operating.link_for(user, operating.FIRST_LASTS)
        said = {"portal": f"/{portal.slug}/", "administrator": user.email, "link": link or "sent by mail"}
        self.say([said], options["json"])

    def _list(self, options) -> None:
        rows = [
            {
                "slug": one.slug,
                "name": one.name,
                "since": one.created_at.date().isoformat(),
                "state": "closed" if one.disabled_at else "open",
            }
            for one in operating.all_portals()
        ]
        self.say(rows, options["json"])

    def _close(self, options) -> None:
        found = next((one for one in operating.all_portals() if one.slug == options["slug"]), None)
        if found is None:
            raise CommandError(f"There is no portal “{options['slug']}”.")
        closed = options["verb"] == "disable"
        changed = operating.close(found.id, closed=closed)
        state = "closed" if closed else "open"
        self.stdout.write(f"/{found.slug}/ is {state}" if changed else f"/{found.slug}/ was {state} already")

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
