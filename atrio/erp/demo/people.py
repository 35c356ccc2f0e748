"""Who works in the demonstration company and with it: those whom `atrio demo` tells of, and those who only act."""

from dataclasses import dataclass, replace
from string import ascii_lowercase

from django.contrib.auth.hashers import make_password
from django.utils.crypto import salted_hmac

from atrio.core.actor import Actor, PortalFacts
from atrio.core.scope import scope
from atrio.core.search import words
from atrio.partners.models import Partner
from atrio.people.access import enter
from atrio.people.models import Membership, User

from ..portals import account, join
from .masters import domain_of
from .purchasing import ANSWERING
from .tables import businesses

LETTERS = [c for c in ascii_lowercase if c not in "lio"]
DIGITS = "23456789"


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in: on the staff by a role, or with partners."""

    what: str
    email: str
    name: str
    role: str = "administrator"
    partners: tuple[str, ...] = ()
    language: str = ""


PEOPLE = (
    Person("administrator", "adriana@altura.example", "Adriana Pardo"),
    Person("buyer", "camilo@altura.example", "Camilo Rojas", "buyer"),
    Person("payables", "paola@altura.example", "Paola Nieto", "payables"),
    Person("receivables", "carlos@altura.example", "Carlos Mejía", "receivables"),
    Person("reader", "laura@altura.example", "Laura Ríos", "reader"),
    Person("customer, head office of a group", "hernan@sierraclara.example", "Hernán Duque", partners=("C-001",)),
    Person(
        "customer, in Portuguese",
        "beatriz@ipeamarelo.example",
        "Beatriz Nogueira",
        partners=("C-010",),
        language="pt-br",
    ),
    Person("supplier", "marta@ceramicaslaloma.example", "Marta Giraldo", partners=("P-006",)),
    Person("supplier, in English", "emily@ridgeline.example", "Emily Carter", partners=("P-003",), language="en"),
    Person("two suppliers, one a customer", "oscar@cuatrovientos.example", "Óscar Villa", partners=("P-011", "P-009")),
)
# They answer and write, but nobody has their password.
SILENT = ("C-005", "C-012", *ANSWERING)


def password() -> str:
    """Everybody's, for as long as SECRET_KEY is the same: it can be shown again, and is kept nowhere."""
    secret = salted_hmac("atrio.erp.demo", "password").digest()
    letters = "".join(LETTERS[byte % len(LETTERS)] for byte in secret[:5])
    return f"Tinto-{letters}-" + "".join(DIGITS[byte % len(DIGITS)] for byte in secret[5:9])


def settle(portal: PortalFacts) -> None:
    """Give everybody their place; within the portal's scope."""
    partners = {p.code: p for p in Partner.objects.filter(portal_id=portal.id)}
    hashed = make_password(password())
    for person in PEOPLE:
        user = account(person.email, person.name, language=person.language)
        if not user.has_usable_password():
            user.password = hashed
            user.save(update_fields=["password"])
        for code in person.partners or ("",):
            join(portal, user, person.role, partners.get(code))
    settled = {code for person in PEOPLE for code in person.partners}
    for business in businesses():
        if business.code in SILENT and business.code not in settled:
            email = f"{words(business.contact)[0]}@{domain_of(business)}"
            user = account(email, business.contact, language=_language(business.country))
            join(portal, user, "administrator", partners[business.code])


def _language(country: str) -> str:
    return {"BR": "pt-br", "US": "en"}.get(country, "")


class Cast:
    """The people as actors: staff by their role, partners' people by the partner's code."""

    def __init__(self, portal: PortalFacts):
        self.portal = portal
        self._places: dict[str, tuple[User, int]] = {}
        members = Membership.objects.filter(portal_id=portal.id).select_related("user", "role", "partner")
        with scope(Actor.system(portal)):
            for one in members.order_by("pk"):
                self._places.setdefault(one.partner.code if one.partner else one.role.name, (one.user, one.pk))

    def __getitem__(self, part: str) -> Actor:
        user, place = self._places[part]
        actor = enter(self.portal.slug, user, place)
        if actor is None:
            raise LookupError(part)
        return replace(actor, sure=True)  # nobody is at a screen that was left open


def untouched(password: str) -> bool:
    """Whether the people still have the password that they were given."""
    administrator = User.objects.filter(email=PEOPLE[0].email).first()
    return administrator is not None and administrator.check_password(password)
