"""What waits for a person in each of its places, counted as that place's own actor sees it."""

from collections.abc import Iterable

from atrio.core.actor import Actor
from atrio.core.doctypes import document_type
from atrio.core.formats import formats_of
from atrio.core.scope import scope
from atrio.people.access import enter
from atrio.people.models import User

from .boards import Board, Tile
from .figures import read

MOST = 20  # places that are counted for one page; of more, the names are enough
URGENT = ("amber", "red")


def waiting(board: Board) -> list[Tile]:
    """The tiles of a board that ask for something to be done: counts of documents in some states."""
    return [t for t in board.tiles if t.tone in URGENT and not t.money and "state=" in t.figure.query]


def counted(actor: Actor, boards: Iterable[Board]) -> list[dict]:
    """By one query whatever the number of boards: the documents that wait, and where they are."""
    tiles = [tile for board in boards for tile in waiting(board)]
    found = read(actor, [tile.figure for tile in tiles])
    formats, items = formats_of(actor), []
    for tile in tiles:
        count = sum(group.documents for group in found.get(tile.figure, ()))
        if count:
            title = f"{document_type(tile.figure.kind).title}: {tile.label}"
            items.append({"title": title, "count": formats.number(count), "leads": tile.figure.address(actor)})
    return items


def places(user: User, own: list[dict], boards_for) -> list[dict]:
    """Each place with what waits there, under its own actor and within its own scope; the same cost for each."""
    return [place | _of(user, place, boards_for) for place in own[:MOST]] + own[MOST:]


def _of(user: User, place: dict, boards_for) -> dict:
    actor = enter(place["slug"], user, place["membership_id"])
    if actor is None or actor.membership_id != place["membership_id"]:
        return {}
    with scope(actor):
        return {"items": counted(actor, boards_for(actor)), "unread": actor.unread, "logo_url": actor.portal.logo_url}
