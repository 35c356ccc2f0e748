"""The only door to rows: what each audience may see, as one rule for lists, pages, exports and programs."""

from collections.abc import Callable

from django.db import models
from django.db.models import Q

from .actor import Actor, Audience

Rule = Callable[[Actor], Q]


def everything(actor: Actor) -> Q:
    return Q()


def own(actor: Actor) -> Q:
    """Rows of the actor's own partners."""
    return Q(partner_id__in=actor.partner_ids)


def own_and_related(actor: Actor) -> Q:
    """Rows of the actor's partners and of those the host linked to them."""
    return Q(partner_id__in=actor.partner_ids + actor.related_ids)


def either(*rules: Rule) -> Rule:
    def rule(actor: Actor) -> Q:
        found = Q(pk__in=[])
        for one in rules:
            found |= one(actor)
        return found

    return rule


def but_not(rule: Rule, *states: str) -> Rule:
    """The rule's rows, less those in states that this audience never sees (a draft of the other side)."""
    return lambda actor: rule(actor) & ~Q(state__in=states)


class RecordQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> "RecordQuerySet":
        """Rows of the actor's portal that the model's SIGHT shows to its audiences; none by default."""
        if not actor.may(f"{self.model._meta.app_label}.view"):
            return self.none()
        sight: dict[Audience, Rule] = getattr(self.model, "SIGHT", {})
        rules = [sight[audience](actor) for audience in sorted(actor.audiences) if audience in sight]
        if not rules:
            return self.none()
        mine = rules[0]
        for rule in rules[1:]:
            # Q() | Q(x) is Q(x): a rule without limits must win over one with.
            mine = Q() if not mine or not rule else mine | rule
        return self.filter(mine, portal_id=actor.portal.id)
