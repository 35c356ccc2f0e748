"""What an administrator types to let a program in."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor
from atrio.core.doctypes import document_types

from .scopes import VERBS, grantable

VERB_TITLES = {"read": _("Read"), "load": _("Load"), "act": _("Take actions"), "feed": _("Changes")}
LASTS = [("90", _("90 days")), ("365", _("One year")), ("0", _("Until it is revoked"))]


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("The program that will use the key."))
    lasts = forms.ChoiceField(label=_("Valid for"), choices=LASTS, initial="365")
    rate = forms.IntegerField(label=_("Requests a minute"), min_value=1, max_value=60_000, initial=600)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one thing that the program may do.")},
    )

    def __init__(self, *args, actor: Actor, **options):
        super().__init__(*args, **options)
        self.allowed = frozenset(grantable(actor))
        boxes: Any = self.fields["scopes"]
        boxes.choices = [(scope, scope) for scope in sorted(self.allowed)]

    @property
    def expires_at(self) -> dt.datetime | None:
        days = int(self.cleaned_data["lasts"])
        return timezone.now() + dt.timedelta(days=days) if days else None

    @property
    def verbs(self) -> list[str]:
        return [str(VERB_TITLES[verb]) for verb in VERBS]

    @property
    def matrix(self) -> list[dict]:
        """A row for each document type, a box for each verb that there is and that the person may give away."""
        ticked = set(self["scopes"].value() or ())
        return [
            {"title": str(kind.title), "boxes": [self._box(f"{name}:{verb}", ticked, verb) for verb in VERBS]}
            for name, kind in document_types().items()
            if any(f"{name}:{verb}" in self.allowed for verb in VERBS)
        ]

    def _box(self, scope: str, ticked: set[str], verb: str) -> dict | None:
        if scope not in self.allowed:
            return None
        return {"value": scope, "checked": scope in ticked, "label": str(VERB_TITLES[verb])}
