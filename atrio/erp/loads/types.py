"""Document types as a load sees them: what may be sent for each, under which names, and how gaps are filled."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy

from atrio.core import money
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType, Load, LoadField, document_types
from atrio.core.models import Priced, PricedLine

from .schema import KEY, Field, Schema
from .values import Refused, _

LANGUAGES = ("es", "pt-br", "en")
FILLED_HERE = frozenset({"net_total", "tax_total", "total", "net", "tax"})
TOTALS = ("net_total", "tax_total", "total")


def types_by_name() -> dict[str, DocumentType]:
    """The types that a load may name: by their word, and by what they are called in the settings (`products`)."""
    called = {path.rsplit(".", 1)[1].lower(): import_string(path) for path in settings.DOCUMENT_TYPES}
    return {name: kind for name, kind in (called | document_types()).items() if kind.load}


def loadable(actor: Actor) -> list[DocumentType]:
    """The types whose rows this actor may load."""
    return [kind for kind in document_types().values() if kind.load and may_load(actor, kind)]


def rules(kind: DocumentType) -> Load:
    """How rows become documents of a type that can be loaded."""
    assert kind.load is not None, f"{kind.name} is not loaded"
    return kind.load


def may_load(actor: Actor, kind: DocumentType) -> bool:
    """Loads are the portal's own business: staff with the type's permission."""
    return actor.is_staff and kind.load is not None and actor.may(f"{kind.name}.load")


def model_field(model: type[models.Model], name: str) -> models.Field | None:
    """The concrete field that keeps a value of that name, if the model has one."""
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, models.Field) and found.concrete else None


def schema_of(kind: DocumentType) -> Schema:
    """What a file may say of this type."""
    key = Field(KEY, required=True, max_length=80, label=gettext_lazy("ERP id"))
    header = _fields(kind.model, rules(kind).fields, issubclass(kind.model, Priced))
    lines = None
    if rules(kind).lines:
        model = kind.lines.model if kind.lines else kind.model.lines.rel.related_model
        lines = Schema(f"{kind.name}.lines", _fields(model, rules(kind).lines, issubclass(model, PricedLine)))
    return Schema(kind.name, (key, *header), lines)


def _fields(model, given: Iterable[LoadField], priced: bool) -> tuple[Field, ...]:
    return tuple(_field(model, one, priced and one.name in FILLED_HERE) for one in given)


def _field(model, given: LoadField, filled_here: bool) -> Field:
    stored = model_field(model, given.name)
    digits, whole = given.digits, None
    if isinstance(stored, models.DecimalField):
        whole = stored.max_digits - stored.decimal_places
    if given.kind == "decimal" and digits is None and isinstance(stored, models.DecimalField):
        digits = stored.decimal_places
    return Field(
        given.name,
        given.kind,
        required=given.required and not filled_here,
        choices=tuple(map(str, given.choices)) if given.kind == "choice" else (),
        max_length=given.max_length,
        digits=digits,
        default=None if filled_here else _plain(given.default),
        refers_to=given.refers_to if given.kind == "reference" else None,
        label=given.label or (stored.verbose_name if stored is not None else ""),
        whole=whole,
    )


def _plain(default):
    return str(default) if isinstance(default, str) else default


def labels(field: Field) -> list[str]:
    """What a field is called in each language, so that a sheet with such headings needs no mapping."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            found.append(str(field.label))
    return [label for label in dict.fromkeys(found) if label]


# --- amounts that follow from others --------------------------------------------------------------------------------


def fill_amounts(kind: DocumentType, row: dict) -> None:
    """What a file leaves out of net, tax and total where the rest of the document says it."""
    for line in row.get("lines", ()):
        told = line.get("net") is not None and line.get("tax") is not None and line.get("total") is not None
        if not told and "quantity" in line and "unit_price" in line:
            _fill_line(line, row.get("currency") or "")
    if issubclass(kind.model, Priced):
        _fill_totals(row)


def _fill_line(line: dict, currency: str) -> None:
    net, tax, total = line.get("net"), line.get("tax"), line.get("total")
    if net is None and tax is not None and total is not None:
        net = total - tax
    computed = money.line_amounts(
        line.get("quantity") or Decimal(0),
        line.get("unit_price") or Decimal(0),
        currency or "USD",
        discount_percent=line.get("discount_percent") or Decimal(0),
        tax_rate=line.get("tax_rate") or Decimal(0),
    )
    net = computed.net if net is None else net
    if tax is None:
        tax = computed.tax if total is None else total - net
    line.update(net=net, tax=tax, total=net + tax if total is None else total)


def _fill_totals(row: dict) -> None:
    net, tax, total = (row.get(name) for name in TOTALS)
    lines = row.get("lines")
    if lines and net is None and (total is None or tax is None):
        net = sum((line["net"] for line in lines), Decimal(0))
    if lines and tax is None and total is None:
        tax = sum((line["tax"] for line in lines), Decimal(0))
    if net is None and tax is not None and total is not None:
        net = total - tax
    if tax is None and net is not None and total is not None:
        tax = total - net
    if total is None and net is not None and tax is not None:
        total = net + tax
    if None in (net, tax, total):
        raise Refused("no_totals", _("Two of net, tax and total are needed, or the lines that they are the sum of."))
    row.update(zip(TOTALS, (net, tax, total), strict=True))
