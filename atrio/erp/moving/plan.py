"""What of a portal moves and how its rows name each other: read from the models, so that a new one moves by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field, ForeignKey, Model

from atrio.core import policies
from atrio.core.actor import Actor
from atrio.core.doctypes import document_types
from atrio.core.models import Portal, TokensField, TransactionId
from atrio.people.models import User

# Tables of a portal that stay where they are, each with its reason.
LEFT_OUT = {
    "core.FormDraft": "what somebody was typing, by an address that the moved portal does not have",
    "erp.ApiKey": "a secret; and the reading place of a program that now reads another feed",
    "core.MailSettings": "a secret under a key of the installation; the mail server is named anew",
    "people.IdentityProvider": "a secret under a key of the installation; companies name their sign-in anew",
    "people.Identity": "of a company's sign-in that stays",
    "access_requests.Registration": "what visitors sent in the last day, to limit how often",
    "people.UsageMonth": "what the events say, added up: added up anew by night",
    "erp.ApiAnswer": "answers to requests made with keys that do not move",
}
# Written into the archive for whoever reads it, and to verify the events; the new portal seals anew.
ONLY_SHOWN = {"core.Seal": "seals name the ids that the rows had"}
# Of people, what they told of themselves; the rest opens doors or belongs to the installation.
PERSON: tuple[str, ...] = ("email", "username", "name", "phone", "language", "locale", "date_style", "time_zone")
PERSON += ("theme", "accent", "start_page")
PERSON_LEFT_OUT = {
    "id": "a number of the installation",
    "password": "a secret, even as a hash",
    "last_login": "of the installation",
    "is_active": "whoever runs the installation closes accounts",
    "notices": "chosen anew, where the document types are known",
    "must_change_password": "there is no password yet",
    "created_at": "of the installation",
}
# Of the portal's own row, what is not taken from the archive.
PORTAL_LEFT_OUT = ("id", "slug", "created_at", "disabled_at", "logo")
PORTAL = "portal"  # in `doctype`: what happened to the portal itself


@dataclass(frozen=True)
class Table:
    """One model's rows in an archive."""

    model: type[Model]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def entry(self) -> str:
        return f"rows/{self.name}.ndjson"

    @property
    def only_shown(self) -> bool:
        return self.label in ONLY_SHOWN

    @cached_property
    def fields(self) -> list[Field]:
        """The columns in the archive: all but the portal's id."""
        return [f for f in self.model._meta.concrete_fields if getattr(f, "related_model", None) is not Portal]

    @cached_property
    def taken(self) -> list[Field]:
        """The columns that come out of the archive again: the database itself counts transactions."""
        return [f for f in self.fields if not isinstance(getattr(f, "db_default", None), TransactionId)]

    @property
    def columns(self) -> list[str]:
        return [field.column for field in self.fields]

    def points_at(self, field: Field) -> type[Model] | None:
        """The model whose ids a column holds, by a foreign key or by the name that all tables use for it."""
        if field.primary_key:
            return self.model
        if isinstance(field, ForeignKey):
            return field.related_model
        return apps.get_model("erp.LoadRun") if field.column == "load_id" else None

    def typed_by(self, field: Field) -> str | None:
        """The column that names the document type whose ids this column holds."""
        if field.column != "document_id" or isinstance(field, ForeignKey):
            return None
        return next(name for name in ("doctype", "document_type") if name in self.columns)

    @property
    def personal(self) -> bool:
        """Whether the database shows each row to its person only, and not even to the portal itself."""
        rule = self.model.POLICY.using  # type: ignore[attr-defined]
        return "atrio_user()" in rule and policies.STAFF not in rule

    def actors(self, actor: Actor, people: Iterable[int]) -> list[Actor]:
        """Under whom all its rows are seen and written, one after the other."""
        return [replace(actor, user_id=person) for person in people] if self.personal else [actor]

    @property
    def order(self) -> str:
        """Events in the order of the feed, which is the order of their seals and of their new ids."""
        return "transaction_id, id" if "transaction_id" in self.columns else "id"

    def written(self, field: Field) -> str:
        """A column as the archive shows it."""
        if isinstance(field, TokensField):  # without the portal's id, with which each begins
            words = f"select substr(t, strpos(t, '.') + 1) from unnest(tsvector_to_array(\"{field.column}\")) t"
            return f'array({words}) as "{field.column}"'
        return f'"{field.column}"'


def owned() -> list[type[Model]]:
    """Every model whose rows belong to a portal."""
    return [
        m for m in apps.get_models(include_auto_created=True) if any(_is_portal(f) for f in m._meta.concrete_fields)
    ]


def tables() -> list[Table]:
    """What an archive holds."""
    return [Table(model) for model in owned() if model._meta.label not in LEFT_OUT]


def person_columns(table: Table) -> list[str]:
    return [f.column for f in table.fields if isinstance(f, ForeignKey) and f.related_model is User]


def documents() -> dict[str, type[Model]]:
    """The models that `doctype` may name."""
    return {PORTAL: Portal} | {name: kind.model for name, kind in document_types().items()}


def schema() -> list[str]:
    """The migrations that made these tables: an archive fits where they are the same."""
    found = MigrationLoader(None).disk_migrations.values()
    return sorted(f"{m.app_label}.{m.name}" for m in found if type(m).__module__.startswith("atrio."))


def _is_portal(field: Any) -> bool:
    return isinstance(field, ForeignKey) and field.related_model is Portal
