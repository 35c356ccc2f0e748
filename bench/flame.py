"""Where the time of the list page goes, measured from inside: each function's own time, added up by what it is for."""

import cProfile
import pstats
import time
from collections import Counter
from pathlib import Path

from . import report
from .pages import CUSTOMER, LIST, SLUG
from .people import page_client
from .table import Figure, Place

# The first that fits: a piece of the file's path, and what its functions are for.
PARTS = (
    ("psycopg", "waiting for PostgreSQL, and its driver"),
    ("django/db", "Django's ORM and cursors"),
    ("atrio/core/templates", "templates: pages as compiled by Jinja"),
    ("/templates/", "templates: pages as compiled by Jinja"),
    ("jinja2", "templates: Jinja's own"),
    ("markupsafe", "templates: escaping"),
    ("atrio/core/templating", "templates: translated words"),
    ("django/utils/translation", "templates: translated words"),
    ("gettext.py", "templates: translated words"),
    ("asgiref", "templates: translated words"),
    ("atrio/core/formats", "cells: dates, amounts, labels"),
    ("atrio/core/cells", "cells: dates, amounts, labels"),
    ("atrio/core/listviews", "cells: dates, amounts, labels"),
    ("atrio/core", "lists: filters, columns, statements"),
    ("atrio/config", "menu and headers"),
    ("atrio/people", "who it is: session, person, scope"),
    ("django/contrib/sessions", "who it is: session, person, scope"),
    ("django/middleware", "Django's middleware"),
    ("django", "Django: request, response, routing"),
)
REQUESTS = 200


def _part(file: str) -> str:
    return next((part for piece, part in PARTS if piece in file), "Python's own (called by the others)")


def _profiled(client, requests: int) -> tuple[Counter[str], float]:
    """Seconds by part, and milliseconds of one request when nobody measures."""
    for _warm in range(20):
        client.get(LIST)
    started = time.perf_counter()
    for _request in range(requests):
        client.get(LIST)
    plain = (time.perf_counter() - started) / requests * 1000
    profile = cProfile.Profile()
    profile.enable()
    for _request in range(requests):
        client.get(LIST)
    profile.disable()
    spent: Counter[str] = Counter()
    for (file, _line, _name), (_calls, _primitive, own, _cumulative, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file != "~":
            spent[_part(file)] += own
            continue
        for (caller, _at, _called), (_n, _p, part_of_own, _c) in callers.items():
            spent[_part(caller)] += part_of_own  # what is written in C counts for who calls it
    return spent, plain


def measure(place: Place) -> list[Figure]:
    with page_client(place.database, SLUG, CUSTOMER) as client:
        spent, plain = _profiled(client, 20 if place.quick else REQUESTS)
    whole = sum(spent.values())
    rows = [(part, seconds / whole) for part, seconds in spent.most_common()]
    table = [f"| {part} | {share:.0%} | {plain * share:.1f} |" for part, share in rows]
    head = ["| where | share | ms |", "|---|---|---|"]
    report.replace(Path(report.PAGE), "flame", "\n".join([*head, *table]))
    return [Figure(f"list page: {part}", 100 * share, "%", note=f"{plain * share:.1f} ms") for part, share in rows]
