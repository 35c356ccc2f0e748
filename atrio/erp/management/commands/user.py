"""`atrio user`: people given a place, led to a new password, unlocked and listed; never a password on a screen."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.db import transaction

from atrio.core.actor import Actor, PortalFacts
from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope
from atrio.erp.portals import account
from atrio.partners.models import Partner
from atrio.people import accounts, operating
from atrio.people.models import Membership, Role, User

from ._printing import Lists


def portal_at(slug: str) -> PortalFacts:
    portal = portal_by_slug(slug)
    if portal is None:
        raise CommandError(f"There is no open portal “{slug}”.")
    return portal


class Command(Lists):
    help = "Give people a place in a portal, send them a link for a new password, unlock or list them."

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        new = verbs.add_parser("create", help="give somebody a place in a portal, and a link to choose a password")
        new.add_argument("email", metavar="E-MAIL")
        new.add_argument("--portal", required=True, metavar="SLUG", help="the portal's address")
        new.add_argument("--name", default="", help="the person's name")
        new.add_argument("--role", default="administrator", help="a role of the portal: see `atrio role list`")
        new.add_argument("--partner", default="", metavar="CODE", help="with this partner; without, on the staff")
        reset = verbs.add_parser("reset", help="make a link at which the person chooses another password")
        reset.add_argument("email", metavar="E-MAIL")
        for verb in (new, reset):
            verb.add_argument("--mail", action="store_true", help="send the link by mail instead of printing it")
        unlock = verbs.add_parser("unlock", help="let somebody try again at once who failed too often")
        unlock.add_argument("email", metavar="E-MAIL")
        listed = verbs.add_parser("list", help="list the people of a portal")
        listed.add_argument("--portal", required=True, metavar="SLUG", help="the portal's address")
        for verb in (new, reset, listed):
            verb.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args, **options):
        getattr(self, f"_{options['verb']}")(options)

    def _create(self, options) -> None:
        email, portal = options["email"].strip().lower(), portal_at(options["portal"])
        try:
            validate_email(email)
        except ValidationError as problem:
            raise CommandError(f"“{options['email']}” is no e-mail address.") from problem
        with transaction.atomic(), scope(Actor.system(portal)):
            user = self._placed(portal, email, options)
            link = self._link(user, portal, options)
        self.say([{"portal": f"/{portal.slug}/", "person": user.email, "link": link}], options["json"])

    def _placed(self, portal: PortalFacts, email: str, options) -> User:
        partner = self._partner(portal, options["partner"])
        audience = "partner" if partner else "staff"
        role = Role.objects.filter(portal_id=portal.id, audience=audience, name=options["role"]).first()
        if role is None:
            raise CommandError(f"There is no role “{options['role']}” for {audience}: see `atrio role list`.")
        user = account(email, options["name"] or email)
        place = {"portal_id": portal.id, "user": user, "partner": partner}
        if Membership.objects.filter(**place).exists():
            raise CommandError(f"{email} has a place there already.")
        Membership.objects.create(**place, role=role)
        return user

    def _partner(self, portal: PortalFacts, code: str) -> Partner | None:
        found = Partner.objects.filter(portal_id=portal.id, code=code).first() if code else None
        if code and found is None:
            raise CommandError(f"There is no partner “{code}” in {portal.slug}.")
        return found

    def _link(self, user: User, portal: PortalFacts, options) -> str:
        """Who has a password signs in with it, and needs no link."""
        if user.has_usable_password():
            return "has a password already"
        if options["mail"]:
            operating.welcome(portal, user)
            return "sent by mail"
        return operating.link_for(user, operating.FIRST_LASTS)

    def _reset(self, options) -> None:
        user = self._known(options["email"])
        with transaction.atomic():
            if options["mail"] and not operating.mail_recovery(user):
                raise CommandError(f"{user.email} has no place in any open portal, so nothing can be sent in its name.")
            link = "sent by mail" if options["mail"] else operating.link_for(user)
            accounts.operated(user, "recovery_sent")
        self.say([{"person": user.email, "link": link}], options["json"])

    def _unlock(self, options) -> None:
        user = self._known(options["email"])
        operating.unlock(user)
        self.stdout.write(f"{user.email} may try again")

    def _known(self, email: str) -> User:
        user = accounts.with_email(email.strip())
        if user is None:
            raise CommandError(f"Nobody has the e-mail “{email}”.")
        return user

    def _list(self, options) -> None:
        portal = portal_at(options["portal"])
        with scope(Actor.system(portal)):
            places = Membership.objects.filter(portal_id=portal.id).select_related("user", "role", "partner")
            rows = [
                {
                    "email": one.user.email,
                    "name": one.user.name,
                    "partner": one.partner.code if one.partner else "",
                    "role": one.role.name,
                    "state": "active" if one.is_active and one.user.is_active else "inactive",
                    "last_seen": one.last_seen_at.isoformat(timespec="minutes") if one.last_seen_at else "",
                }
                for one in places.order_by("user__email", "pk")
            ]
        self.say(rows, options["json"])
