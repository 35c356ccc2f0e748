"""Two portals, nine companies, twelve people.

acme:  ana (administrator), bruno (buyer), clara (reader), nadie (no permission)
       tornillos and aceros supply it; bodega and norte are customers of one group; mercado buys alone; mixta does both
rival: rita (administrator), with a customer and a supplier of its own."""

from dataclasses import dataclass, field, replace
from importlib import import_module
from types import SimpleNamespace

from django.db import connection

from atrio.core import search
from atrio.core.actor import Actor, Audience, PortalFacts
from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope
from atrio.partners.models import Partner, PartnerGroup
from atrio.people.access import enter
from atrio.people.models import Membership, User
from atrio.people.roles import Role, make_built_in

PASSWORD = "Clave-de-prueba-1"  # noqa: S105 (of people who do not exist)
PORTALS = {"acme": ("Acme", "COP", "CO"), "rival": ("Rival", "MXN", "MX")}
PARTNERS = {
    "acme": {
        "tornillos": {"is_supplier": True, "name": "Tornillos Ñandú S.A.S."},
        "aceros": {"is_supplier": True, "name": "Aceros del Sur"},
        "bodega": {"is_customer": True, "name": "Bodega Central", "group": "Bodegas"},
        "norte": {"is_customer": True, "name": "Bodega Norte", "group": "Bodegas"},
        "mercado": {"is_customer": True, "name": "Mercado Único"},
        "mixta": {"is_customer": True, "is_supplier": True, "name": "Mixta y Cía."},
    },
    "rival": {
        "clavos": {"is_supplier": True, "name": "Clavos Rival"},
        "tienda": {"is_customer": True, "name": "Tienda Rival"},
    },
}
STAFF = {
    "acme": {"ana": "administrator", "bruno": "buyer", "clara": "reader", "nadie": "nothing"},
    "rival": {"rita": "administrator"},
}


@dataclass
class World:
    portals: SimpleNamespace = field(default_factory=SimpleNamespace)
    partners: SimpleNamespace = field(default_factory=SimpleNamespace)
    people: dict[str, User] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)

    def actor(self, who: str) -> Actor:
        """Somebody who has just shown who it is."""
        actor = enter(self.home[who], self.people[who])
        assert actor is not None, who
        return replace(actor, sure=True)

    def system(self, slug: str = "acme") -> Actor:
        return Actor.system(getattr(self.portals, slug))


def _portal(slug: str) -> PortalFacts:
    name, currency, country = PORTALS[slug]
    with connection.cursor() as cursor:
        cursor.execute(
            "select atrio_make_portal(%s, %s, %s, %s, 'es', 'America/Bogota')", [slug, name, currency, country]
        )
    return portal(slug)


def portal(slug: str) -> PortalFacts:
    found = portal_by_slug(slug)
    assert found, slug
    return found


def _partner(portal: PortalFacts, code: str, facts: dict) -> Partner:
    facts = dict(facts)
    if group := facts.pop("group", None):
        facts["group"], _fresh = PartnerGroup.objects.get_or_create(portal_id=portal.id, name=group)
    tax_id = f"9001{len(code):02d}{sum(map(ord, code)):04d}"
    tokens = search.tokens(portal.id, numbers=(code, tax_id), texts=(facts["name"],))
    return Partner.objects.create(
        portal_id=portal.id,
        external_id=code,
        code=code,
        tax_id=tax_id,
        search=tokens,
        currency=portal.currency,
        **facts,
    )


def _person(world: World, slug: str, who: str, role: Role, partner: Partner | None = None) -> None:
    user = User.objects.create_user(f"{who}@{slug}.example", PASSWORD, name=who.capitalize())
    Membership.objects.create(portal_id=role.portal_id, user=user, partner=partner, role=role)
    world.people[who], world.home[who] = user, slug


def build() -> World:
    """Make the world in an empty database."""
    world = World()
    for slug in PORTALS:
        facts = _portal(slug)
        setattr(world.portals, slug, facts)
        with scope(Actor.system(facts)):
            roles = make_built_in(facts.id)
            roles["staff", "nothing"] = Role.objects.create(portal_id=facts.id, audience="staff", name="nothing")
            for who, role in STAFF[slug].items():
                _person(world, slug, who, roles["staff", role])
            for code, known_of in PARTNERS[slug].items():
                partner = _partner(facts, code, known_of)
                setattr(world.partners, code, partner)
                _person(world, slug, code, roles["partner", "administrator"], partner)
    return world


def known() -> World:
    """The world as it stands in a database that was cloned from the built one."""
    world = World()
    for slug in PORTALS:
        facts = portal(slug)
        setattr(world.portals, slug, facts)
        with scope(Actor.system(facts)):
            for partner in Partner.objects.filter(portal_id=facts.id):
                setattr(world.partners, partner.code, partner)
            for one in Membership.objects.filter(portal_id=facts.id).select_related("user"):
                who = one.user.email.split("@")[0]
                world.people[who], world.home[who] = one.user, slug
    return world


def maker_of(kind):
    """How tests make a document of this type: `tests/maker.py` beside its model."""
    package = kind.model.__module__.rsplit(".", 1)[0]
    return import_module(f"{package}.tests.maker").make


def owner_of(kind, preferred: str | None = None) -> str:
    """The partner of acme whose documents of this type are looked at."""
    return preferred or ("bodega" if Audience.CUSTOMER in kind.model.SIGHT else "tornillos")


def states_of(kind) -> list[str]:
    fields = {f.name: f for f in kind.model._meta.fields}
    return [value for value, _label in fields["state"].choices] if "state" in fields else [""]


def make(
    world: World, kind, number: str, *, slug: str = "acme", who: str | None = None, state: str | None = None, **facts
):
    """A document of any type, of a partner of its own kind, in a state (the first that both sides see)."""
    default = "clavos" if Audience.SUPPLIER in kind.model.SIGHT else "tienda"
    who = who or (owner_of(kind) if slug == "acme" else default)
    state = state if state is not None else next((s for s in states_of(kind) if s != "draft"), "")
    with scope(world.system(slug)):
        return maker_of(kind)(world, getattr(world.portals, slug), getattr(world.partners, who), number, state, **facts)
