"""From what stands in the address to a narrowing of rows; what cannot be understood is said beside its field."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from .actor import Actor
from .doctypes import DocumentType, Filter
from .formats import Formats, formats_of

LONGEST = 200


@dataclass
class Answer:
    """A filter with what the person asked of it: what to show again, what went wrong, what to narrow by."""

    filter: Filter
    label: str
    value: str = ""
    values: tuple[str, ...] = ()
    value_from: str = ""
    value_to: str = ""
    choices: list[tuple[str, str, bool]] = field(default_factory=list)
    error: str = ""
    query: Q = field(default_factory=Q)
    wider: Q | None = None
    said: str = ""

    @property
    def name(self) -> str:
        return self.filter.name

    @property
    def kind(self) -> str:
        return "multi" if self.filter.kind == "choice" else self.filter.kind


def parse_date(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as problem:
        raise ValidationError(_("Write the date as year-month-day.")) from problem


def _range(answer: Answer, parse, say) -> None:
    low, high = parse(answer.value_from), parse(answer.value_to)
    if low is not None and high is not None and low > high:
        raise ValidationError(_("The first value is greater than the second."))
    source = answer.filter.source
    if low is not None:
        answer.query &= Q(**{f"{source}__gte": low})
    if high is not None:
        answer.query &= Q(**{f"{source}__lte": high})
    if low is not None or high is not None:
        answer.said = f"{say(low) if low is not None else '…'} – {say(high) if high is not None else '…'}"


def _dates(answer: Answer, actor: Actor, formats: Formats) -> None:
    _range(answer, parse_date, formats.date)


def _amounts(answer: Answer, actor: Actor, formats: Formats) -> None:
    _range(answer, lambda text: formats.parse_decimal(text) if text else None, formats.number)


def _numbers(answer: Answer, actor: Actor, formats: Formats) -> None:
    _range(answer, lambda text: text or None, str)


def _choice(answer: Answer, actor: Actor, formats: Formats) -> None:
    allowed = dict(answer.filter.choices() if answer.filter.choices else ())
    answer.choices = [(v, str(label), v in answer.values) for v, label in allowed.items()]
    unknown = [v for v in answer.values if v not in allowed]
    if unknown:
        raise ValidationError(_("“%(value)s” is not one of the choices."), params={"value": unknown[0]})
    if answer.values:
        answer.query = Q(**{f"{answer.filter.source}__in": answer.values})
        answer.said = ", ".join(str(allowed[v]) for v in answer.values)


def _check(answer: Answer, actor: Actor, formats: Formats) -> None:
    one = answer.filter
    if not answer.value or not (one.narrow or one.widen):
        return
    answer.said = _("yes")
    if one.widen:
        answer.wider = one.widen(actor)
    if one.narrow:
        answer.query = one.narrow(actor)


def _partner(answer: Answer, actor: Actor, formats: Formats) -> None:
    if not answer.value:
        return
    # A code, as the ERP writes it: names are found by the list's own search.
    answer.query = Q(partner__code__iexact=answer.value) | Q(partner__tax_id=answer.value)
    answer.said = answer.value


def _text(answer: Answer, actor: Actor, formats: Formats) -> None:
    if answer.value:
        answer.query = Q(**{answer.filter.source: answer.value})
        answer.said = answer.value


KINDS = {
    "choice": _choice,
    "dates": _dates,
    "amounts": _amounts,
    "numbers": _numbers,
    "check": _check,
    "partner": _partner,
    "text": _text,
}


def answer(one: Filter, actor: Actor, params: Any, formats: Formats) -> Answer:
    values = tuple(v[:LONGEST] for v in params.getlist(one.name) if v)
    found = Answer(
        one,
        str(one.label),
        value=values[0] if values else "",
        values=values,
        value_from=params.get(f"{one.name}_from", "").strip()[:LONGEST],
        value_to=params.get(f"{one.name}_to", "").strip()[:LONGEST],
    )
    try:
        if any("\x00" in v for v in (*values, found.value_from, found.value_to)):
            raise ValidationError(_("This text has characters that cannot be searched."))
        KINDS[one.kind](found, actor, formats)
    except ValidationError as problem:
        found.error, found.query = " ".join(problem.messages), Q()
    return found


def answers(kind: DocumentType, actor: Actor, params: Any) -> list[Answer]:
    formats = formats_of(actor)
    return [answer(one, actor, params, formats) for one in kind.filters if one.seen_by(actor)]
