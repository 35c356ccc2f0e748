"""What a page cannot be faster than: the same sign-in, transaction and statements, and bytes made beforehand.

The statements of each page are recorded once, from the page itself, and asked again as they are."""

import os
import pickle
from functools import cache
from pathlib import Path

from django.db import connection
from django.http import HttpRequest, HttpResponse

FOLDER = "ATRIO_BENCH_CONTROL"


@cache
def _recorded(name: str) -> tuple[list[tuple[str, object]], bytes]:
    return pickle.loads((Path(os.environ[FOLDER]) / name).read_bytes())  # noqa: S301 (written by bench/pages.py)


def control(request: HttpRequest, name: str) -> HttpResponse:
    statements, body = _recorded(name)
    with connection.cursor() as cursor:
        for text, values in statements:
            cursor.execute(text, values)
            if cursor.description:
                cursor.fetchall()
    return HttpResponse(body)


def record(folder: Path, name: str, fetch) -> int:
    """Keep what a page asks of the database inside its own view, and its bytes; how many statements those are."""
    statements: list[tuple[str, object]] = []

    def note(execute, sql, params, many, context):
        statements.append((sql, params))
        return execute(sql, params, many, context)

    fetch()  # what is asked once per process is not the page's
    with connection.execute_wrapper(note):
        response = fetch()
    assert response.status_code == 200, (name, response.status_code)
    own = statements[_entering(statements) :]
    (folder / name).write_bytes(pickle.dumps((own, response.content)))
    return len(statements)


def _entering(statements: list[tuple[str, object]]) -> int:
    """How many statements come before the view: session, person, transaction."""
    scope = [place for place, (text, _values) in enumerate(statements) if "set_config" in text]
    return scope[0] + 1
