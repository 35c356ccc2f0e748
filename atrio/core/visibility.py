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


def _alternatives(rule: Q) -> list:
    """What a rule is made of, if any one of it is enough."""
    parts = rule.children if rule.connector == Q.OR and not rule.negated else [rule]
    return [p.children[0] if isinstance(p, Q) and len(p) == 1 and not p.negated else p for p in parts]


def both(rule: Q, within: Q) -> Q:
    """What both allow. Of “mine or theirs” and “mine”, “mine” is enough: the planner walks no index for the rest."""
    known = _alternatives(rule)
    if not rule or (within and all(part in known for part in _alternatives(within))):
        return within
    return rule & within


class RecordQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, within: Q | None = None) -> "RecordQuerySet":
        """Rows of the actor's portal that the model's SIGHT shows to its audiences; none by default.

        A rule looks at nothing of the actor but its `sight`: statements are kept by it."""
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
        return self.filter(both(mine, within) if within else mine, portal_id=actor.portal.id)
