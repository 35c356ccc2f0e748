"""What a load of one document type holds: its fields, their kinds and their limits, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace

KEY = "external_id"
POSITION = "position"
KINDS = frozenset({"text", "date", "datetime", "decimal", "integer", "boolean", "choice", "reference", "xml"})


@dataclass(frozen=True)
class Field:
    """One value of a row; `digits` are decimal places, `whole` those before them, `refers_to` the type whose external
    id a reference holds."""

    name: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    digits: int | None = None
    default: object = None
    refers_to: str | None = None
    label: object = ""  # in the language of whoever reads it
    whole: int | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: unknown kind {self.kind!r}")
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError(f"{self.name}: choices go with the kind choice")
        if (self.kind == "reference") != (self.refers_to is not None):
            raise ValueError(f"{self.name}: refers_to goes with the kind reference")


@dataclass(frozen=True)
class Schema:
    """The fields of a document type, and of its lines where it has lines."""

    type: str
    fields: tuple[Field, ...]
    lines: Schema | None = None

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    def meaning(self) -> tuple:
        """All that decides how a row is read, as one value: the labels, which depend on the reader, do not."""
        fields = tuple(replace(field, label="", default=str(field.default)) for field in self.fields)
        return self.type, fields, self.lines.meaning() if self.lines else None

    def names(self) -> tuple[str, ...]:
        """The field names in their order."""
        return tuple(field.name for field in self.fields)
