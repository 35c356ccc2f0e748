"""What a key may do: words like `sales_invoices:load`, each standing for permissions that its type already has."""

from __future__ import annotations

from collections.abc import Iterable

from atrio.core.actions import Action
from atrio.core.actor import STAFF, Actor
from atrio.core.doctypes import DocumentType, document_types

READ, LOAD, ACT, FEED = VERBS = ("read", "load", "act", "feed")


def actions_of(kind: DocumentType) -> list[Action]:
    """The actions of the portal's own side that a program can do: those with a form of single fields."""
    typed_in = kind.editor.update if kind.editor else None
    return [a for a in kind.actions if STAFF in a.by and a is not typed_in and a.dialog]


def permissions_of(scope: str) -> frozenset[str]:
    """What a scope allows; a scope of what does not exist allows nothing."""
    name, _colon, verb = scope.partition(":")
    kind = document_types().get(name)
    if kind is None or STAFF not in kind.model.SIGHT:
        return frozenset()
    view, load = f"{name}.view", f"{name}.load"
    if verb == LOAD:
        return frozenset({load}) & kind.permissions[STAFF]
    if verb == ACT:
        own = frozenset(action.by[STAFF] for action in actions_of(kind))
        return own | {view} if own else frozenset()
    return frozenset({view}) if verb in (READ, FEED) else frozenset()


def offered() -> list[str]:
    """Every scope that there is, in the order of the menu."""
    found = [f"{name}:{verb}" for name in document_types() for verb in VERBS]
    return [scope for scope in found if permissions_of(scope)]


def grantable(actor: Actor) -> list[str]:
    """The scopes that the actor may give away: nobody gives what it has not."""
    return [scope for scope in offered() if all(actor.may(one) for one in permissions_of(scope))]


def permissions(scopes: Iterable[str]) -> frozenset[str]:
    """All that a set of scopes allows."""
    return frozenset().union(*(permissions_of(scope) for scope in scopes))


def expanded(words: Iterable[str]) -> list[str]:
    """Scopes as typed at a command, with `*:read` standing for that of every type there is now."""
    found: list[str] = []
    for word in words:
        name, _colon, verb = word.partition(":")
        every = [scope for scope in offered() if name == "*" and scope.endswith(f":{verb}")]
        found += every or [word]
    return list(dict.fromkeys(found))
