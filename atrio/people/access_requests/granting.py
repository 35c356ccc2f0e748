"""Which roles somebody may give with an invitation: what they may grant in any other way, and no more."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core.actor import Actor

from ..granting import grantable
from ..models import Role
from ..roles import label_of

AUDIENCES = {"staff": gettext_lazy("Staff"), "partner": gettext_lazy("Customers and suppliers")}


def title(role: Role | None) -> str:
    return label_of(role.name) if role else ""


def offered(actor: Actor) -> list[Role]:
    """By staff to partners' people and to their own ranks, by a partner's people to colleagues."""
    found = []
    for partner_id in (None, 0) if actor.is_staff else (actor.partner_id,):
        found += list(grantable(actor, partner_id))
    return sorted(found, key=lambda role: (role.audience, role.name))


def may_give(actor: Actor, role: Role) -> bool:
    partner_id = None if role.audience == "staff" else actor.partner_id or 0
    return grantable(actor, partner_id).filter(pk=role.pk).exists()


def key(role: Role) -> str:
    return f"{role.audience}:{role.name}"


def choices(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """The roles to choose from, by audience."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for role in offered(actor):
        groups.setdefault(str(AUDIENCES[role.audience]), []).append((key(role), title(role)))
    return list(groups.items())


def chosen(actor: Actor, typed: str) -> Role:
    """The role that was chosen, if the actor may give it."""
    found = next((role for role in offered(actor) if key(role) == typed), None)
    if found is None:
        raise ValidationError(_("Choose one of the offered roles."))
    return found


def need_audience(role: Role, audience: str) -> None:
    """Roles of the staff are for the staff only."""
    if role.audience != audience:
        message = _("Choose a role for customers and suppliers, or leave the companies empty.")
        raise ValidationError(
            message if audience == "partner" else _("Say for which companies, or choose a staff role.")
        )
