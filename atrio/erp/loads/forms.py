"""What a person sends to be loaded."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor
from atrio.core.files import safe_name

from ..models import LoadRun, State
from . import uploads
from .engine import reader
from .types import loadable
from .values import Refused

IN_MAPPING = frozenset({"broken_toml", "bad_mapping", "other_type", "unknown_field", "not_filled", "no_column"})


class FileInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    widget = FileInput

    def clean(self, data, initial=None):
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(SeveralFilesField, self).clean(one, initial) for one in given]


class LoadForm(forms.Form):
    """A file, what it holds, and how it is to be read."""

    kind = forms.ChoiceField(label=_("What it holds"))
    file = forms.FileField(label=_("File"), help_text=_("CSV, Excel, JSON, NDJSON or Parquet."))
    lines = forms.FileField(label=_("Lines"), required=False, help_text=_("Where they are in a file of their own."))
    mapping = forms.FileField(
        label=_("Mapping"),
        required=False,
        help_text=_("A TOML file, for columns with names of their own."),
    )
    others = SeveralFilesField(
        label=_("Other files"), required=False, help_text=_("Those that the mapping takes names and codes from.")
    )

    def __init__(self, *args, actor: Actor, **options):
        super().__init__(*args, **options)
        self.actor = actor
        kinds = self.fields["kind"]
        assert isinstance(kinds, forms.ChoiceField)
        kinds.choices = [(kind.name, kind.title) for kind in loadable(actor)]

    @property
    def sent(self) -> list:
        """All files, the main one first."""
        single = [self.cleaned_data.get(name) for name in ("file", "lines", "mapping")]
        return [one for one in (*single, *self.cleaned_data.get("others", ())) if one]

    def clean(self):
        if self.errors:
            return self.cleaned_data
        names = [safe_name(one.name) for one in self.sent]
        if len(set(names)) < len(names):
            raise ValidationError(_("Two of the files have the same name."), code="names")
        size = sum(one.size for one in self.sent)
        if size > settings.LOAD_LIMIT:
            limit = settings.LOAD_LIMIT // 2**20
            raise ValidationError(_("The files are larger than %(limit)s MB."), code="size", params={"limit": limit})
        self._try_to_read()
        return self.cleaned_data

    def _try_to_read(self) -> None:
        """Open the files as the load will, so that what cannot be read is told beside its field."""
        with tempfile.TemporaryDirectory(prefix="atrio-load-") as name:
            uploads.spread(Path(name), self.sent)
            try:
                reader(uploads.order_in(Path(name), self.record()), self.actor)
            except Refused as refused:
                blamed = "mapping" if refused.reason.code in IN_MAPPING and self.cleaned_data.get("mapping") else "file"
                self.add_error(blamed, refused.reason.sentence(gettext))

    def record(self) -> LoadRun:
        """The load as it would be, not saved yet."""
        data, actor = self.cleaned_data, self.actor
        single = {name: safe_name(data[name].name) if data.get(name) else "" for name in ("file", "lines", "mapping")}
        return LoadRun(
            portal_id=actor.portal.id,
            doctype=data["kind"],
            others=[safe_name(one.name) for one in data.get("others") or ()],
            state=State.UPLOADED,
            user_id=actor.user_id,
            actor_name=actor.name[:120],
            **single,
        )
