"""Which roles somebody may give away: never more than they may do themselves."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core.actor import Actor

from ..models import Role

BUILT_IN = {
    "administrator": gettext_lazy("Administrator"),
    "buyer": gettext_lazy("Buyer"),
    "payables": gettext_lazy("Payables"),
    "receivables": gettext_lazy("Receivables"),
    "reader": gettext_lazy("Reader"),
}
AUDIENCES = {"staff": gettext_lazy("Staff"), "partner": gettext_lazy("Customers and suppliers")}


def title(role: Role | None) -> str:
    return str(BUILT_IN.get(role.name, role.name)) if role else ""


def within(actor: Actor, role: Role) -> bool:
    """Whether the actor itself has all that the role allows; `*` is all of an audience."""
    return "*" in actor.permissions or set(role.permissions) <= actor.permissions


def may_give(actor: Actor, role: Role) -> bool:
    """The host's staff give any role of partners, and of the staff's what they have; partners, what they have."""
    if role.portal_id != actor.portal.id:
        return False
    if actor.is_staff:
        return role.audience == "partner" or within(actor, role)
    return role.audience == "partner" and within(actor, role)


def offered(actor: Actor) -> list[Role]:
    rows = Role.objects.filter(portal_id=actor.portal.id).order_by("-audience", "name")
    return [role for role in rows if may_give(actor, role)]


def key(role: Role) -> str:
    return f"{role.audience}:{role.name}"


def choices(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """The roles to choose from, by audience."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for role in offered(actor):
        groups.setdefault(str(AUDIENCES[role.audience]), []).append((key(role), title(role)))
    return list(groups.items())


def chosen(actor: Actor, typed: str, audience: str) -> Role:
    """The role that was chosen, if the actor may give it to such a person."""
    found = next((role for role in offered(actor) if key(role) == typed), None)
    if found is None:
        raise ValidationError(_("Choose one of the offered roles."))
    if found.audience != audience:
        message = _("Choose a role for customers and suppliers, or leave the companies empty.")
        raise ValidationError(
            message if audience == "partner" else _("Say for which companies, or choose a staff role.")
        )
    return found
