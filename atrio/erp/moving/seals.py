"""Whether the events of an archive are those that were sealed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator

from atrio.core.events import hashed
from atrio.core.models import Event, Seal

from .archive import Damaged, Reader
from .plan import Table


def verify(archive: Reader) -> dict:
    """Refuse events that are not what their seals vouch for; the last seal, to be told in the new portal."""
    seals = sorted((json.loads(line) for line in archive.lines(Table(Seal).entry)), key=lambda seal: seal["number"])
    known = set(archive.manifest.get("broken_seals", ()))
    broken, previous, edge = set(), "", 0
    events = _events(archive)
    waiting = next(events, None)
    for seal in seals:
        digest, count = hashlib.sha256(previous.encode()), 0
        while waiting and waiting[0] < seal["before"]:
            digest.update(hashed(waiting[1]))
            count += 1
            waiting = next(events, None)
        if (count, digest.hexdigest(), seal["after"]) != (seal["events"], seal["digest"], edge):
            broken.add(seal["number"])
        previous, edge = seal["digest"], seal["before"]
    for _unsealed in events:
        continue  # the rest is read to its end, where its hash is compared
    if broken != known:
        raise Damaged("The events are not those that were sealed: somebody changed them.")
    return {"seal": seals[-1]["number"], "digest": previous} if seals else {}


def _events(archive: Reader) -> Iterator[tuple[int, Event]]:
    for line in archive.lines(Table(Event).entry):
        row = json.loads(line)
        number = row.pop("transaction_id")
        yield number, Event(**row | {"at": dt.datetime.fromisoformat(row["at"])})
