"""`atrio role`: what roles a portal has."""

from atrio.core.actor import Actor
from atrio.core.scope import scope
from atrio.people.models import Membership, Role
from atrio.people.roles import is_built_in

from ._printing import Lists
from .user import portal_at


class Command(Lists):
    help = "List the roles of a portal, with what they allow and how many people have them."

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        listed = verbs.add_parser("list", help="list the roles of a portal")
        listed.add_argument("--portal", required=True, metavar="SLUG", help="the portal's address")
        listed.add_argument("--json", action="store_true", help="for programs, with all that each role allows")

    def handle(self, *args, **options):
        portal = portal_at(options["portal"])
        with scope(Actor.system(portal)):
            having = list(Membership.objects.filter(portal_id=portal.id).values_list("role_id", flat=True))
            roles = list(Role.objects.filter(portal_id=portal.id).order_by("-audience", "name"))
        rows = [
            {
                "audience": role.audience,
                "name": role.name,
                "kind": "built-in" if is_built_in(role) else "own",
                "people": having.count(role.pk),
                "allows": role.permissions if options["json"] else self._short(role),
            }
            for role in roles
        ]
        self.say(rows, options["json"])

    def _short(self, role: Role) -> str:
        return "everything" if "*" in role.permissions else f"{len(role.permissions)} things"
