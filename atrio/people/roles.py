"""Built-in roles, made from what the document types allow: never a list kept by hand."""

from django.utils.translation import pgettext_lazy

from atrio.core.actor import Actor, Audience
from atrio.core.crossing import portal_facts, portal_ids
from atrio.core.doctypes import document_types
from atrio.core.scope import scope

from .models import Role
from .permissions import names

LABELS = {
    "administrator": pgettext_lazy("role", "Administrator"),
    "buyer": pgettext_lazy("role", "Buyer"),
    "payables": pgettext_lazy("role", "Accounts payable"),
    "receivables": pgettext_lazy("role", "Accounts receivable"),
    "reader": pgettext_lazy("role", "Reader"),
}
BUILT_IN = {"staff": tuple(LABELS), "partner": ("administrator", "reader")}


def is_built_in(role: Role) -> bool:
    """Renewed at each release, so not for anybody to edit."""
    return role.name in BUILT_IN[role.audience]


def label_of(name: str) -> str:
    return str(LABELS.get(name, name))


def permissions_of(audience: Audience, *, areas: tuple[str, ...] = (), only_view: bool = False) -> list[str]:
    """All that an audience can be allowed of documents, in some areas or in all."""
    found: set[str] = set()
    for kind in document_types().values():
        allowed = kind.permissions.get(audience, frozenset())
        inside = not areas or kind.area in areas
        found |= {n for n in allowed if n.endswith(".view") or (inside and not only_view)}
    return sorted(found)


def _staff() -> dict[str, list[str]]:
    staff = Audience.STAFF
    return {
        "administrator": ["*"],
        "buyer": permissions_of(staff, areas=("sourcing", "purchasing", "payables")),
        "payables": permissions_of(staff, areas=("payables", "ledger")),
        "receivables": permissions_of(staff, areas=("receivables", "sales", "ledger")),
        "reader": permissions_of(staff, only_view=True),
    }


def _partner() -> dict[str, list[str]]:
    both = (Audience.CUSTOMER, Audience.SUPPLIER)
    reading = sorted({p for audience in both for p in permissions_of(audience, only_view=True)})
    return {"administrator": sorted(names("partner")), "reader": reading}


def renew_built_in() -> None:
    """Give the built-in roles of every portal what the document types of this release allow."""
    for portal_id in portal_ids():
        with scope(Actor.system(portal_facts(portal_id))):
            make_built_in(portal_id)


def make_built_in(portal_id: int) -> dict[tuple[str, str], Role]:
    """Create or renew a portal's built-in roles."""
    made = {}
    for audience, roles in (("staff", _staff()), ("partner", _partner())):
        for name, permissions in roles.items():
            role, _fresh = Role.objects.update_or_create(
                portal_id=portal_id, audience=audience, name=name, defaults={"permissions": permissions}
            )
            made[audience, name] = role
    return made
