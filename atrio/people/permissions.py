"""Every permission that there is, in words: of document types read from the registry, of all else from the settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from atrio.core.actor import CUSTOMER, STAFF, SUPPLIER, Audience
from atrio.core.doctypes import DocumentType, document_types

SIDES = {"staff": (STAFF,), "partner": (CUSTOMER, SUPPLIER)}  # a role's audience, and whom it can stand for
BOTH = frozenset(SIDES)
PEOPLE, MANAGE, VIEW_AS = "people.view", "people.manage", "people.view_as"
ROLES, USAGE = "roles.manage", "usage.view"


@dataclass(frozen=True)
class Permission:
    name: str
    label: Any
    sides: frozenset[str] = frozenset({"staff"})


@dataclass(frozen=True)
class Group:
    """One row of the matrix: a document type, or a part of the administration."""

    title: Any
    permissions: tuple[Permission, ...]

    def of(self, side: str) -> "Group":
        return Group(self.title, tuple(one for one in self.permissions if side in one.sides))


OF_PEOPLE = Group(
    gettext_lazy("People"),
    (
        Permission(PEOPLE, gettext_lazy("See people"), BOTH),
        Permission(MANAGE, gettext_lazy("Change roles, open and close access"), BOTH),
        Permission(VIEW_AS, gettext_lazy("See the portal as a partner sees it")),
    ),
)
OF_ROLES = Group(gettext_lazy("Roles"), (Permission(ROLES, gettext_lazy("Make and change roles")),))
OF_USAGE = Group(gettext_lazy("Use of the portal"), (Permission(USAGE, gettext_lazy("See statistics")),))


@lru_cache(maxsize=1)
def administration() -> tuple[Group, ...]:
    """What is allowed beside documents; nothing is discovered: what settings do not list does not exist."""
    return tuple(import_string(path) for path in settings.PERMISSIONS)


def _said(kind: DocumentType, name: str, audiences: Iterable[Audience]) -> str:
    """What a permission of a document type allows: the actions that ask for it."""
    word = name.partition(".")[2]
    if word in ("view", "load"):
        return {"view": pgettext("permission", "See"), "load": pgettext("permission", "Load")}[word]
    by = [(kind.editor.label, kind.editor.by)] if kind.editor else []
    by += [(action.label, action.by) for action in kind.actions]
    labels = [str(label) for label, asked in by if any(asked.get(audience) == name for audience in audiences)]
    return ", ".join(dict.fromkeys(labels)) or word


def _order(name: str) -> tuple[bool, bool, str]:
    return not name.endswith(".view"), not name.endswith(".load"), name


def of_kind(kind: DocumentType, audiences: Iterable[Audience]) -> Group:
    audiences = tuple(audiences)
    names = {name for audience in audiences for name in kind.permissions.get(audience, ())}
    return Group(kind.title, tuple(Permission(n, _said(kind, n, audiences)) for n in sorted(names, key=_order)))


def matrix(side: str, audiences: Iterable[Audience] = ()) -> list[Group]:
    """The rows for an audience, or for those sides of a partner that it has."""
    kinds = [of_kind(kind, tuple(audiences) or SIDES[side]) for kind in document_types().values()]
    return [group for group in [*kinds, *(one.of(side) for one in administration())] if group.permissions]


def names(side: str) -> frozenset[str]:
    return frozenset(one.name for group in matrix(side) for one in group.permissions)


def label_of(name: str) -> str:
    """A permission in words, with the row that it stands in; nothing for one that does not exist."""
    for side in SIDES:
        for group in matrix(side):
            for one in group.permissions:
                if one.name == name:
                    return _("%(where)s: %(what)s") % {"where": group.title, "what": one.label}
    return ""


def allows(permissions: Iterable[str], name: str) -> bool:
    permissions = set(permissions)
    return name in permissions or "*" in permissions


def in_words(side: str, permissions: Iterable[str], audiences: Iterable[Audience] = ()) -> list[dict]:
    """What some permissions allow, row by row; rows of which nothing is allowed are left out."""
    permissions = set(permissions)
    found = [
        {"title": str(group.title), "can": [str(p.label) for p in group.permissions if allows(permissions, p.name)]}
        for group in matrix(side, audiences)
    ]
    return [row for row in found if row["can"]]
