"""The one list engine: a document type, an actor and an address make rows, whatever the type.

Rows are read as tuples and written by functions compiled for the person's locale: a list is the page most looked at."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import ExpressionWrapper, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields import BooleanField

from . import search
from .actor import Actor
from .doctypes import Column, DocumentType
from .filters import Answer, answers
from .statements import ANY_TEXT, Statement, statement

PAGE = 25
PAGES = (25, 50, 80)
WINDOW = 250  # rows that are looked at one by one before an index is asked
BOUND = 1000  # counting and adding up stop here: the page says "1,000+"


class Found(Func):
    """Whether a row is among those that its search function finds (no index on text is used under row-level security).

    The function is asked once, for an array: joined, it would run again for every row of a table that is not analyzed
    yet, which is what a table is right after its first load."""

    output_field = BooleanField()

    def as_sql(self, compiler, connection, *args: Any, **extra: Any):
        pk, typed = (compiler.compile(one) for one in self.source_expressions)
        return f"{pk[0]} = any (array(select {self.extra['function']}({typed[0]})))", [*pk[1], *typed[1]]


class Says(Func):
    """Whether a row at hand has the words; no index is used, which is right where nearly every row has them."""

    output_field = BooleanField()

    def as_sql(self, compiler, connection, *args: Any, **extra: Any):
        tokens, typed = (compiler.compile(one) for one in self.source_expressions)
        return f"{tokens[0]} @@ {typed[0]}::tsquery", [*tokens[1], *typed[1]]


def found(model: Any, words: str) -> Q:
    """Rows of the model in which every word begins some token."""
    return Q(Found(F("pk"), Value(words), function=f"search_{model._meta.db_table}"))


def matching(kind: DocumentType, actor: Actor, words: str, *, dense: bool = False) -> Q:
    """Rows whose own text or whose partner's answers to the words."""
    mine = Q(Says(F("search"), Value(words))) if dense else found(kind.model, words)
    if kind.search.by_partner and actor.is_staff:
        partner = kind.model._meta.get_field("partner").related_model
        mine |= Q(partner__in=partner.objects.visible_to(actor).filter(found(partner, words)))
    return mine


@dataclass(frozen=True)
class Sort:
    column: Column
    descending: bool

    @property
    def token(self) -> str:
        return f"{'-' if self.descending else ''}{self.column.name}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"d": str(value)}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return {"D": value.isoformat()} if isinstance(value, date) else value


def _typed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    read: dict[str, Callable[[str], Any]] = {"d": Decimal, "t": datetime.fromisoformat, "D": date.fromisoformat}
    return read[kind](text)


def encode_cursor(values: tuple, backwards: bool) -> str:
    text = json.dumps([[_plain(v) for v in values], backwards])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[tuple, bool] | None:
    """The place a page continues from; None when the address was tampered with."""
    try:
        values, backwards = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        value, pk = (_typed(v) for v in values)
        return ((value, pk), bool(backwards)) if isinstance(pk, int) else None
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, binascii.Error):
        return None


def path_of(column: Column) -> str:
    return f"{column.source}__name" if column.kind == "partner" else column.source


def source_of(column: Column) -> str:
    """The column's name in the tuples that are read."""
    looked_up = column.expression is not None or "__" in path_of(column)
    return f"c_{column.name}" if looked_up else path_of(column)


class ListQuery:
    """What one person asks of one list: filters, words, order, columns and place, read from the address."""

    window = WINDOW

    def __init__(self, kind: DocumentType, actor: Actor, params: Any):
        self.kind, self.actor, self.params = kind, actor, params
        finds = bool(kind.search.numbers or kind.search.texts)
        self.typed = params.get("q", "").replace("\x00", "").strip()[:200] if finds else ""
        self.words = search.query(actor.portal.id, self.typed) if self.typed else ""
        self.dense = False
        self.answers: list[Answer] = answers(kind, actor, params)
        self.available = kind.columns_for(actor)
        self.columns = self._columns()
        self.sort = self._sort()
        self.size = int(params["size"]) if params.get("size") in map(str, PAGES) else PAGE

    def _columns(self) -> list[Column]:
        chosen = [c for c in self.params.getlist("cols") if c]
        named = [c for c in self.available if c.name in chosen]
        return named or [c for c in self.available if c.shown]

    def _sort(self) -> Sort:
        asked = self.params.get("sort", "")
        by_name = {c.name: c for c in self.available if c.sort}
        name = asked.lstrip("-")
        if name not in by_name:
            asked, name = self.kind.sort, self.kind.sort.lstrip("-")
        column = by_name.get(name) or Column(name, name)
        return Sort(column, asked.startswith("-"))

    @property
    def has_errors(self) -> bool:
        return any(a.error for a in self.answers)

    @property
    def is_filtered(self) -> bool:
        return bool(self.typed) or any(a.said for a in self.answers)

    @property
    def rows(self) -> QuerySet:
        """Everything that is filtered, in no order."""
        return self._with_words(self.words)

    def _with_words(self, words: str) -> QuerySet:
        if not self.typed:
            return self._narrowed
        wanted = matching(self.kind, self.actor, words, dense=self.dense) if self.words else Q(pk__in=[])
        return self._narrowed.filter(wanted)

    @cached_property
    def _narrowed(self) -> QuerySet:
        """All that the filters leave, whatever was typed."""
        seen, base = self.kind.model.objects.visible_to, self._base()
        rows = seen(self.actor, base) if base else seen(self.actor)
        for one in self.answers:
            if one.query:
                rows = rows.filter(one.query)
        return rows

    def _base(self) -> Q:
        """What the list starts from, with what the ticked checks add; no limits (`Q()`) need no addition."""
        base = self.kind.base(self.actor) if self.kind.base else Q()
        return reduce(or_, [a.wider for a in self.answers if a.wider is not None], base) if base else base

    def _source(self, rows: QuerySet, column: Column) -> tuple[QuerySet, str]:
        """Where a column is read. Another table's name is looked up for the rows of the page only, never joined:
        a join with an order and a limit makes the planner walk the wrong index."""
        name = source_of(column)
        if column.expression is not None:
            return rows.annotate(**{name: column.expression}), name
        path = path_of(column)
        if "__" not in path:
            return rows, name
        foreign, rest = path.split("__", 1)
        model = self.kind.model._meta.get_field(foreign).related_model
        inner = model._base_manager.filter(pk=OuterRef(f"{foreign}_id")).values(rest)[:1]
        return rows.annotate(**{name: Subquery(inner)}), name

    def _ordered(self, rows: QuerySet, backwards: bool = False) -> tuple[QuerySet, str]:
        rows, source = self._source(rows, self.sort.column)
        falling = self.sort.descending != backwards
        # The empty come last, and first when walking back; NOT NULL columns keep the order that their index has.
        edge = {} if self._never_empty(source) else {"nulls_first": True} if backwards else {"nulls_last": True}
        first = F(source).desc(**edge) if falling else F(source).asc(**edge)
        return rows.order_by(first, F("pk").desc() if falling else F("pk").asc()), source

    def _never_empty(self, source: str) -> bool:
        fields = {f.name: f for f in self.kind.model._meta.fields}
        return source in fields and not fields[source].null

    def _after(self, source: str, place: tuple, backwards: bool) -> Q:
        value, pk = place
        falling = self.sort.descending != backwards
        beyond, tie = ("lt", "lte") if falling else ("gt", "gte")
        same_pk = Q(**{f"pk__{beyond}": pk})
        if value is None:
            empty = Q(**{f"{source}__isnull": True}) & same_pk
            return empty if not backwards else empty | Q(**{f"{source}__isnull": False})
        rest = Q(**{f"{source}__{beyond}": value}) | (Q(**{source: value}) & same_pk)
        if self._never_empty(source):
            return Q(**{f"{source}__{tie}": value}) & rest  # the first half is what the index walks
        return rest if backwards else rest | Q(**{f"{source}__isnull": True})

    @cached_property
    def place(self) -> tuple[tuple, bool] | None:
        """Where the address says to go on from; None at the beginning, and when it was tampered with."""
        place = decode_cursor(self.params.get("at", "")) if self.params.get("at") else None
        return place if place and self._fits(*place[0]) else None

    def _fits(self, value: Any, pk: int) -> bool:
        """Whether a place can be compared with the rows at all."""
        if not 0 <= pk < 2**63 or "\0" in str(value):
            return False
        named = {f.name: f for f in self.kind.model._meta.fields}.get(source_of(self.sort.column))
        try:
            return value is None or named is None or named.to_python(value) == value
        except (ValidationError, ValueError, TypeError):
            return False

    def walk(self, rows: QuerySet | None = None) -> tuple[QuerySet, str]:
        """The rows from the address's place on, and by what they are ordered."""
        (spot, backwards) = self.place or (None, False)
        rows, source = self._ordered(self.rows if rows is None else rows, backwards)
        return rows.filter(self._after(source, spot, backwards)) if spot else rows, source

    def page(self) -> "Page":
        """One page of rows as tuples, with the places before and after it."""
        moved, backwards = self.place is not None, bool(self.place and self.place[1])
        source = source_of(self.sort.column)
        names = ["pk", source]
        for column in self.columns:
            names += [source_of(column), column.currency] if column.kind == "amount" else [source_of(column)]
        names = list(dict.fromkeys(names))
        fetched = self._looked_through(names) if self.words and self.window else []
        self.dense = len(fetched) > self.size
        if not self.dense:
            asked = self._statement(("page", *names), lambda: self._tuples(self._with_words(ANY_TEXT), names))
            fetched = asked.tuples()
        more = len(fetched) > self.size
        fetched = fetched[: self.size]
        if backwards:
            fetched.reverse()
        return Page(self, fetched, names, source, more, moved, backwards)

    def _looked_through(self, names: list[str]) -> list[tuple]:
        """A page found by looking at the rows in their order: nearly every row has what one begins to type, and an
        index of words would first gather them all."""

        def window() -> QuerySet:
            says = ExpressionWrapper(matching(self.kind, self.actor, ANY_TEXT, dense=True), output_field=BooleanField())
            return self._tuples(self._narrowed.annotate(hit=says), [*names, "hit"], self.window)

        listed = ", ".join(f'"{name}"' for name in names)
        wrapped = f"select {listed} from ({{}}) as looked where hit limit {self.size + 1}"  # noqa: S608
        return self._statement(("window", *names), window).tuples(wrapped)

    def _tuples(self, rows: QuerySet, names: list[str], most: int = 0) -> QuerySet:
        rows, _source = self.walk(rows)
        for column in self.columns:
            rows, _name = self._source(rows, column)
        return rows.values_list(*names)[: most or self.size + 1]

    def _statement(self, asked: tuple, rows: Callable[[], QuerySet]) -> Statement:
        """Kept for the next time, unless it goes on from a place that hardly anybody asks for again."""
        if self.place or (self.typed and not self.words):
            return Statement.of(rows()).about(self.words, ANY_TEXT)
        answers = tuple((a.name, a.values, a.value_from, a.value_to) for a in self.answers)
        how = (bool(self.typed), self.dense, self.sort.token, self.size, answers)
        return statement(self.actor, (self.kind.name, how, asked), rows).about(self.words, ANY_TEXT)

    def export(self) -> tuple[list[str], Iterator[tuple]]:
        """All that is filtered, in the list's order, read in portions."""
        rows, source = self._ordered(self.rows)
        names = ["pk"]
        for column in self.columns:
            rows, name = self._source(rows, column)
            names += [name, column.currency] if column.kind == "amount" else [name]
        names = list(dict.fromkeys(names))
        return names, rows.values_list(*names).iterator(chunk_size=2000)

    def tally(self, bound: int | None = BOUND) -> dict:
        """How many rows, and their totals by currency; beyond the bound only that there are more."""
        kind = self.kind
        money = "currency" in {f.name for f in kind.model._meta.fields}
        names = ["currency" if money else "n", *kind.totals]
        sums = "".join(f", sum({name})" for name in kind.totals)
        wrapped = f"select {names[0]}, count(*){sums} from ({{}}) as found({', '.join(names)}) group by 1"  # noqa: S608
        found = self._statement(("tally", bound), lambda: self._counted(money, bound)).rows(wrapped)
        groups = [dict(zip(("currency", "n", *kind.totals), group, strict=True)) for group in found]
        count = sum(g["n"] for g in groups)
        return {"count": count, "bounded": bool(bound) and count > bound, "groups": groups}

    def _counted(self, money: bool, bound: int | None) -> QuerySet:
        """What is counted and added up, in no order: the currency of each row, or nothing, and its totals."""
        first = F("currency") if money else Value("")
        sums = {f"t_{name}": signed(self.kind, name) for name in self.kind.totals}
        rows = self._with_words(ANY_TEXT).order_by().annotate(t_first=first, **sums).values_list("t_first", *sums)
        return rows[: bound + 1] if bound else rows


def signed(kind: DocumentType, name: str):
    if kind.signs is None:
        return F(name)
    field = kind.model._meta.get_field(name)
    return ExpressionWrapper(F(name) * kind.signs, output_field=type(field)(max_digits=24, decimal_places=4))


@dataclass
class Page:
    query: ListQuery
    rows: list[tuple]
    names: list[str]
    source: str
    more: bool
    moved: bool
    backwards: bool

    def _place(self, row: tuple, backwards: bool) -> str:
        return encode_cursor((row[self.names.index(self.source)], row[0]), backwards)

    @property
    def next_place(self) -> str:
        return self._place(self.rows[-1], False) if self.rows and (self.more or self.backwards) else ""

    @property
    def previous_place(self) -> str:
        has = self.more if self.backwards else self.moved
        return self._place(self.rows[0], True) if self.rows and has else ""
