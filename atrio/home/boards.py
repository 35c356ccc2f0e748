"""A home page as data: tiles, charts and lists of one area, each made of the rows of a list."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_compact_decimal
from django.db.models import Case, CharField, F, Func, Q, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core.actor import Actor
from atrio.core.doctypes import document_type
from atrio.core.formats import formats_of
from atrio.core.money import ZERO

from . import brief
from .figures import Figure, Group, read

Found = dict[Figure, list[Group]]
MOST_ROWS = 6
LONG = 1_000_000  # from here on an amount does not fit a tile


@dataclass(frozen=True)
class Tile:
    """One number, or one for each currency.

    With `only`, some groups of the figure and their share of all; with `less`, what remains after another figure."""

    label: Any
    figure: Figure
    icon: str
    money: bool = False
    tone: str = ""
    only: tuple[str, ...] = ()
    less: Figure | None = None
    leads: str = ""

    def address(self, actor: Actor) -> str:
        """Where the number is shown in detail: the figure's own list, if no other page is named."""
        if not self.leads:
            return self.figure.address(actor)
        yesterday = formats_of(actor).today() - dt.timedelta(days=1)
        return f"/{actor.portal.slug}/{self.leads.format(yesterday=yesterday)}"


@dataclass(frozen=True)
class Chart:
    """Groups of one figure as a picture and a table; `labels` orders the groups and names them."""

    title: Any
    figure: Figure
    labels: Callable[[Figure, list[Group], Actor], list[tuple[str, str]]]
    heading: Any
    shape: str = "bar"
    money: bool = True
    leads: str = ""


@dataclass(frozen=True)
class Listing:
    """The first rows of a figure's list."""

    title: Any
    figure: Figure
    empty: Any


@dataclass(frozen=True)
class Board:
    """The tiles, charts and list of one area; `kinds` are the lists it leads to."""

    name: str
    title: Any
    kinds: tuple[str, ...]
    tiles: tuple[Tile, ...]
    charts: tuple[Chart, ...] = ()
    listing: Listing | None = None

    def shown_to(self, actor: Actor) -> bool:
        return any(document_type(t.figure.kind).shown_to(actor) for t in self.tiles)

    @property
    def figures(self) -> list[Figure]:
        taken = [t.less for t in self.tiles if t.less]
        return [t.figure for t in self.tiles] + taken + [c.figure for c in self.charts]


# --- how groups are ordered and named

AGEING = (
    ("a0", gettext_lazy("Not due")),
    ("a1", gettext_lazy("1–30 days")),
    ("a2", gettext_lazy("31–60 days")),
    ("a3", gettext_lazy("61–90 days")),
    ("a4", gettext_lazy("More than 90 days")),
)


PAST_DUE = ("a1", "a2", "a3", "a4")


def age_of(today: dt.date) -> Case:
    """In which bucket an open item falls by the days that it is past due; what falls due today is not late."""
    edges = [today - dt.timedelta(days=days) for days in (0, 30, 60, 90)]
    buckets = [When(due_date__gte=edge, then=Value(key)) for edge, (key, _label) in zip(edges, AGEING, strict=False)]
    return Case(*buckets, default=Value("a4"), output_field=CharField())


def issue_month(today: dt.date) -> Func:
    return Func(F("issue_date"), Value("YYYY-MM"), function="to_char", output_field=CharField())


def owed(actor: Actor) -> Q:
    """Credits in favour stand apart, so that they hide no debt."""
    return Q(open_amount__gt=0)


def not_cancelled(actor: Actor) -> Q:
    return ~Q(state="cancelled")


def state_of(today: dt.date) -> F:
    return F("state")


def partner_of(today: dt.date) -> F:
    return F("partner__name")


def ages(figure: Figure, groups: list[Group], actor: Actor) -> list[tuple[str, str]]:
    return [(key, str(label)) for key, label in AGEING] if groups else []


def months(figure: Figure, groups: list[Group], actor: Actor) -> list[tuple[str, str]]:
    """Twelve months in a row, also those without any row, up to the newest one."""
    if not groups:
        return []
    year, month = map(int, max(g.label for g in groups).split("-"))
    last = year * 12 + month - 1
    days = [dt.date(n // 12, n % 12 + 1, 1) for n in range(last - 11, last + 1)]
    return [(f"{day:%Y-%m}", format_date(day, "MMM yy", locale=actor.locale)) for day in days]


def states(figure: Figure, groups: list[Group], actor: Actor) -> list[tuple[str, str]]:
    present = {g.label for g in groups}
    named = document_type(figure.kind).model._meta.get_field("state").flatchoices
    return [(value, str(label)) for value, label in named if value in present]


def names(figure: Figure, groups: list[Group], actor: Actor) -> list[tuple[str, str]]:
    return [(g.label, g.label) for g in sorted(groups, key=lambda g: -g.amount)]


# --- from data to what the template shows


def _money(groups: Sequence[Group]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for group in groups:
        found[group.currency] = found.get(group.currency, ZERO) + group.amount
    return found


def short(amount: Decimal, currency: str, actor: Actor) -> str:
    """An amount that fits a tile; a long one is rounded, and said in full beneath."""
    formats = formats_of(actor)
    if abs(amount) < LONG:
        return formats.money(amount, currency)
    return f"{currency}\u00a0{format_compact_decimal(amount, locale=formats.locale, fraction_digits=1)}"


def _share(amount: Decimal, whole: Decimal, actor: Actor) -> str:
    if whole <= 0:
        return ""
    share = (amount * 100 / whole).quantize(Decimal("0.1"))
    return _("%(share)s of the total") % {"share": formats_of(actor).percent(share)}


def _amounts(tile: Tile, found: Found, actor: Actor) -> list[dict]:
    """A tile for each currency: amounts of different money are never added up."""
    groups = found[tile.figure]
    whole, taken = _money(groups), _money(found.get(tile.less, ())) if tile.less else {}
    amounts = _money([g for g in groups if not tile.only or g.label in tile.only])
    if tile.less and not whole:
        return []
    tiles = []
    for currency in sorted(whole, key=lambda c: (c != actor.portal.currency, c)) or [actor.portal.currency]:
        amount = amounts.get(currency, ZERO) - taken.get(currency, ZERO)
        if tile.only and not amount and currency != actor.portal.currency:
            continue  # nothing of the kind in a foreign currency is no news
        full = formats_of(actor).money(amount, currency) if abs(amount) >= LONG else ""
        share = _share(amount, whole.get(currency, ZERO), actor) if tile.only else ""
        hint = " · ".join(filter(None, (full, share)))
        exceeded = bool(tile.less) and amount < 0
        hint = _("Limit exceeded") if exceeded and not hint else hint
        tone = "red" if exceeded else tile.tone if amount > 0 else ""
        tiles.append({"value": short(amount, currency, actor), "hint": hint, "tone": tone})
    return tiles


def _counts(tile: Tile, found: Found, actor: Actor) -> list[dict]:
    groups = found[tile.figure]
    count = sum(g.documents for g in groups)
    formats = formats_of(actor)
    hint = "\n".join(formats.money(amount, currency) for currency, amount in sorted(_money(groups).items()))
    return [{"value": formats.number(count), "hint": hint, "tone": tile.tone if count else ""}]


def _tiles(board: Board, found: Found, actor: Actor) -> list[dict]:
    shown = []
    for tile in board.tiles:
        if tile.figure not in found:
            continue
        common = {"label": str(tile.label), "icon": tile.icon, "url": tile.address(actor)}
        shown += [common | one for one in (_amounts if tile.money else _counts)(tile, found, actor)]
    return shown


def _currency(groups: list[Group], actor: Actor) -> str:
    """The one currency of a chart: the portal's own if it occurs, else the most frequent."""
    seen = Counter({g.currency: 0 for g in groups})
    for group in groups:
        seen[group.currency] += group.documents
    return actor.portal.currency if actor.portal.currency in seen else max(seen, key=lambda c: seen[c])


def _chart(chart: Chart, groups: list[Group], actor: Actor) -> dict:
    currency = _currency(groups, actor)
    said = [g for g in groups if not chart.money or g.currency == currency]
    values: dict[str, Decimal | int] = {}
    for group in said:
        values[group.label] = values.get(group.label, 0) + (group.amount if chart.money else group.documents)
    labels = chart.labels(chart.figure, said, actor)
    formats = formats_of(actor)
    cells = [(label, values.get(key, ZERO if chart.money else 0)) for key, label in labels]
    title = f"{chart.title} ({currency})" if chart.money else str(chart.title)
    said_value = _("Amount") if chart.money else _("Documents")
    write = (lambda v: formats.amount(v, currency)) if chart.money else formats.number
    return {
        "title": title,
        "url": f"/{actor.portal.slug}/{chart.leads}" if chart.leads else chart.figure.address(actor),
        "kind": chart.shape,
        "labels": [label for label, _value in cells],
        # Pixels only: the table beside it says the exact amounts.
        "series": [{"label": currency if chart.money else said_value, "data": [float(v) for _label, v in cells]}],
        "stacked": False,
        "table": {
            "columns": [str(chart.heading), said_value],
            "rows": [[label, write(value)] for label, value in cells],
        },
    }


def _listing(listing: Listing | None, actor: Actor) -> list[dict]:
    kind = document_type(listing.figure.kind) if listing else None
    if listing is None or kind is None or not kind.shown_to(actor):
        return []
    rows = brief.rows(kind, actor, listing.figure.query, MOST_ROWS)
    url = listing.figure.address(actor)
    return [{"title": str(listing.title), "url": url, "rows": rows, "empty": str(listing.empty)}]


def _as_of(board: Board, actor: Actor) -> str:
    """As of the oldest of what is shown: no number is newer than that."""
    moments = [dt.datetime.fromisoformat(actor.as_of[k]) for k in board.kinds if actor.as_of.get(k)]
    return formats_of(actor).datetime(min(moments)) if moments else ""


def _shortcuts(board: Board, actor: Actor) -> list[dict]:
    kinds = [document_type(name) for name in board.kinds]
    return [
        {"title": str(k.title), "icon": k.icon, "url": f"/{actor.portal.slug}/{k.name}/"}
        for k in kinds
        if k.offered_to(actor)
    ]


def context_of(board: Board, actor: Actor) -> dict:
    """What the template shows of a board: one query for all numbers, one for the list."""
    found = read(actor, board.figures)
    return {
        "as_of": _as_of(board, actor),
        "shortcuts": _shortcuts(board, actor),
        "tiles": _tiles(board, found, actor),
        "charts": [_chart(c, found[c.figure], actor) for c in board.charts if found.get(c.figure)],
        "lists": _listing(board.listing, actor),
    }
