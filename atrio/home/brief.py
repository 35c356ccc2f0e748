"""A few rows of a list, each said in a few words: for home pages and search results."""

from django.http import QueryDict

from atrio.core.actor import Actor
from atrio.core.cells import choices_of, text_writer
from atrio.core.doctypes import Column, DocumentType
from atrio.core.formats import formats_of
from atrio.core.lists import ListQuery, Page, source_of

TELLING = ("partner", "date")
MOST_WORDS = 2


def _chosen(kind: DocumentType, actor: Actor) -> tuple[Column, list[Column], Column | None, Column | None]:
    """The title, what is said beside it, the amount and the state, of the columns that the actor sees."""
    title, *rest = [c for c in kind.columns_for(actor) if c.shown]
    first = {c.kind: c for c in reversed(rest)}
    telling = [first[name] for name in TELLING if name in first]
    texts = [c for c in rest if c.kind == "text"][:MOST_WORDS]
    return title, telling or texts, first.get("amount"), first.get("state")


def rows(kind: DocumentType, actor: Actor, query: str, size: int) -> list[dict]:
    """The first rows of the list at that address, by one query."""
    listed = ListQuery(kind, actor, QueryDict(query))
    title, telling, amount, state = _chosen(kind, actor)
    listed.size, listed.window = size, 0
    listed.columns = list(dict.fromkeys([title, *telling, *(c for c in (amount, state) if c)]))
    page = listed.page()
    return [_row(kind, actor, page, row, (title, telling, amount, state)) for row in page.rows]


def _row(kind: DocumentType, actor: Actor, page: Page, row: tuple, chosen: tuple) -> dict:
    title, telling, amount, state = chosen
    formats = formats_of(actor)

    def text(column: Column) -> str:
        money = row[page.names.index(column.currency)] if column.kind == "amount" else ""
        return text_writer(column, formats, kind)(row[page.names.index(source_of(column))], money)

    value = row[page.names.index(source_of(state))] if state else ""
    return {
        "title": text(title) or "—",
        "detail": " · ".join(filter(None, map(text, telling))),
        "amount": text(amount) if amount else "",
        "url": f"/{actor.portal.slug}/{kind.name}/{row[0]}/",
        "icon": kind.icon,
        "state": {"text": choices_of(kind, state).get(value, value), "colour": kind.states.get(value, "gray")}
        if state and value
        else None,
    }
