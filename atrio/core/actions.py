"""Verbs. An action is the only code that changes a document; its one decorator line feeds everything around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _

from . import events
from .actor import Actor, Audience
from .scope import again

SAME = "same"


class Refused(Exception):
    """The actor sees the document but may not do this to it (403)."""


class NotNow(Exception):
    """The document does not allow this now, and says why in words (409)."""

    status = 409

    def __init__(self, message: str, errors: dict[str, str] | None = None):
        super().__init__(message)
        self.message = message
        self.errors = errors or {}


class WrongState(NotNow):
    """The document has moved on to a state from which this is not possible (409)."""


class Stale(NotNow):
    """The document changed after the form was opened (409); carries what changed meanwhile."""

    def __init__(self, changes: list[dict]):
        super().__init__(_("Somebody changed this document after you opened it. See what changed, and send again."))
        self.changes = changes


@dataclass(frozen=True)
class Action:
    name: str
    label: Any
    sources: frozenset[str]
    targets: tuple[str, ...]
    by: dict[Audience, str]
    body: Callable
    form: Callable[..., forms.BaseForm] | None = None
    icon: str = "circle-check"
    explain: Any = ""
    primary: bool = False
    danger: bool = False
    internal: bool = False
    done: Any = ""
    dialog: bool = True  # a form with lines needs a page of its own
    when: Callable[[Actor, Any], bool] = field(default=lambda actor, doc: True)

    def permitted(self, actor: Actor) -> bool:
        return any(actor.may(self.by[audience]) for audience in actor.audiences if audience in self.by)

    def open_to(self, actor: Actor, doc) -> bool:
        """Whether the document's page offers this action."""
        return self.permitted(actor) and doc.state in self.sources and self.when(actor, doc)

    def check(self, actor: Actor, doc) -> None:
        if not self.permitted(actor):
            raise Refused(self.name)
        if doc.state not in self.sources:
            message = _("%(number)s is now “%(state)s”: “%(action)s” is no longer possible.")
            facts = {"number": doc.number, "state": doc.get_state_display(), "action": self.label}
            raise WrongState(message % facts)
        if not self.when(actor, doc):
            raise WrongState(_("“%(action)s” is not possible now.") % {"action": self.label})

    def __call__(self, actor: Actor, doc, *, version: int | None = None, **data):
        """Lock, check, do, save and tell, in one transaction; a refusal leaves nothing behind."""
        return again(lambda: self._do(actor, doc, version, data))

    def _do(self, actor: Actor, doc, version: int | None, data: dict):
        model = type(doc)
        with transaction.atomic():
            number, pk = str(doc), doc.pk
            doc = model.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=pk).first()
            if doc is None:  # while this waited for the row, the other side took the document out of sight
                raise WrongState(_("%(number)s was taken back, and is no longer shown to you.") % {"number": number})
            self.check(actor, doc)
            if version is not None and version != doc.version:
                raise Stale(_changes_since(actor, doc, version))
            state = doc.state
            facts = self.body(actor, doc, **data) or {}
            _settle(self, doc, state)
            doc.version += 1
            doc.save()
            if doc.state != state:
                facts = {"from": state, "to": doc.state} | facts
            events.record(actor, doc, self.name, facts, internal=self.internal)
        return doc


def _settle(action: Action, doc, before: str) -> None:
    """Move to the action's target, or hold the body to the targets that the action declares."""
    if len(action.targets) == 1 and action.targets[0] != SAME:
        doc.state = action.targets[0]
    elif doc.state not in action.targets and not (doc.state == before and SAME in action.targets):
        raise AssertionError(f"{action.name} left {doc._meta.app_label} in {doc.state}, not in {action.targets}")


def _changes_since(actor: Actor, doc, version: int) -> list[dict]:
    missed = events.timeline(actor, doc, limit=max(doc.version - version, 1))
    return [{"kind": e.kind, "who": e.actor_name, "at": e.at, "facts": e.facts} for e in missed]


def action(moves: str, label, **options) -> Callable[[Callable], Action]:
    """`@action("sent|to_revise -> approved", _("Approve"), staff="supplier_invoices.approve")`

    Several targets (`-> part_received|received`) leave the choice to the body, within them; `same` keeps the state."""
    sources, targets = (tuple(side.strip().split("|")) for side in moves.split("->"))
    by = {Audience(name): options.pop(str(name)) for name in Audience if str(name) in options}

    def wrap(body: Callable) -> Action:
        return Action(body.__name__, label, frozenset(sources), targets, by, body, **options)

    return wrap
