"""Built-in roles, made from what the document types allow: never a list kept by hand."""

from atrio.core.actor import Actor, Audience
from atrio.core.crossing import portal_facts, portal_ids
from atrio.core.doctypes import document_types
from atrio.core.scope import scope

from .models import Role

PROVIDERS = "identity_providers.manage"  # of their own company only


def permissions_of(audience: Audience, *, areas: tuple[str, ...] = (), only_view: bool = False) -> list[str]:
    """All that an audience can be allowed, in some areas or in all."""
    found: set[str] = set()
    for kind in document_types().values():
        names = kind.permissions.get(audience, frozenset())
        inside = not areas or kind.area in areas
        found |= {n for n in names if n.endswith(".view") or (inside and not only_view)}
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
    everything = sorted({p for audience in both for p in permissions_of(audience)})
    reading = sorted({p for audience in both for p in permissions_of(audience, only_view=True)})
    return {"administrator": [*everything, PROVIDERS], "reader": reading}


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
