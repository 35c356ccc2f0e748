"""Requests that no browser sends, to every page: never a failure, a refusal in words, and then nothing has changed."""

import json
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from atrio.core import documentviews, formviews, listviews
from atrio.core.doctypes import document_types
from atrio.core.scope import scope
from atrio.erp.api import keys
from atrio.erp.api.scopes import offered
from atrio.testing.forms import Page
from atrio.testing.sweep import Address, addresses
from atrio.testing.untouched import changed, marks
from atrio.testing.world import make, owner_of
from atrio.tests.test_sweep import surroundings

FORM, PARTS, JSON = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"
FIELD = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
SMALL = 1 << 18  # the limit of these tests: it is the same limit whatever it is, and sent sooner
TOO_LARGE = b"a=" + b"x" * SMALL
TOO_MANY = b"a=&" * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)
BODIES = {  # what is sent, and as what
    "invalid UTF-8": (b"name=%ff%fe&text=\xff\xc3\x28&version=%c3%28&lines-TOTAL_FORMS=%ff", FORM),
    "another encoding": ("text=año".encode("utf-16"), f"{FORM}; charset=utf-16"),
    "an unknown encoding": (b"text=x", f"{FORM}; charset=klingon"),
    "JSON": (b'{"text": "x"}', JSON),
    "of no type": (b"text=x", ""),
    "parts without an end": (FIELD + b"x", PARTS),
    "parts without a boundary": (FIELD, "multipart/form-data"),
    "parts of nonsense": (b"--x\r\nContent-Disposition: form-data; name=\"\xff\"; filename*=x'y'%ff\r\n\r\n", PARTS),
    "too many fields": (TOO_MANY, FORM),
    "too large": (TOO_LARGE, FORM),
    "a part too large": (FIELD + TOO_LARGE + b"\r\n--x--\r\n", PARTS),
}
REFUSED_WHOLE = {"too many fields", "too large", "a part too large"}
METHODS = ("PUT", "DELETE", "OPTIONS")
ASKED = (
    "\x00",
    "0000-00-00",
    "10000-01-01",
    "1e400",
    "NaN",
    "²",
    "9" * 40,
    "<script>alert(9)</script>",
    "x" * 3000,
    "\U0001f4a5'\"\\);--",
)
KNOWN = {
    "q",
    "at",
    "sort",
    "cols",
    "size",
    "view",
    "part",
    "unsaved",
    "order",
    "advice",
    "before",
    "after",
    "n",
    "next",
}


@pytest.fixture(autouse=True)
def _small_and_fresh(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = SMALL
    cache.clear()  # the count of those who came too often
    yield
    cache.clear()


def in_words(response) -> bool:
    """Whether a refusal says something to a person."""
    if response.status_code < 400:
        return True
    page = Page(response)
    return bool(page.problems) or "errorpage" in page.source


# Views whose form or filters are the type's own: tried for each type. All others are one function for all.
OF_EACH_TYPE = {listviews.index, documentviews.detail, documentviews.act, formviews.new, formviews.edit}


@pytest.fixture
def places(world) -> list[tuple[Address, str]]:
    """An address for every view of a page, and for some of them one of every type: about a document with all on it."""
    found: dict[tuple, tuple[Address, str]] = {}
    values = {kind.name: surroundings(world, kind) for kind in document_types().values()}
    common = next(iter(values.values()))
    for address in addresses():
        kind = address.kind if address.kind in document_types().values() else None
        own = kind.name if kind and address.view in OF_EACH_TYPE else ""
        names = [a.name for a in kind.actions] if kind and address.view is documentviews.act else ["sales_invoices"]
        for name in names if not address.methods else ():
            known = values[kind.name] if kind else common
            found.setdefault(
                (address.view, own, name), (address, address.filled(known | {"name": name, "secret": "1-x"}))
            )
    return list(found.values())


@pytest.fixture
def visits(places, as_) -> list[tuple[str, Client]]:
    """Each of these with somebody who is let in: pages of no type as staff and as a partner."""
    ana, found = as_("ana"), []
    partners = {who: as_(who) for who in ("bodega", "tornillos", "mixta")}
    for address, url in places:
        let_in = ana.get(url).status_code not in (403, 404)
        partner = partners[owner_of(address.kind) if address.kind in document_types().values() else "mixta"]
        found += [(url, ana)] if let_in or address.kind else []
        found += [] if let_in and address.kind else [(url, partner)]
    return found


def test_hostile_bodies(visits, world):
    """Whatever is sent: an answer; what cannot be taken in at all is refused, and leaves everything as it was."""
    looking, problems = [world.actor(who) for who in ("ana", "bodega", "tornillos", "mixta")], []
    before = marks(*looking)
    for url, client in visits:
        for name, (body, media) in BODIES.items() if url != "/healthz" else ():
            with transaction.atomic():
                status, said = post(client, url, body, media)
                if status >= 500 or not said:
                    problems.append(f"{url}: {status} for {name}")
                if name in REFUSED_WHOLE and status not in ANSWERED_UNREAD:
                    problems.append(f"{url}: {status}, not 413, for {name}")
                transaction.set_rollback(status < 400)
            if status in (404, 405):
                break  # nothing that is sent there is looked at
    assert not problems, "\n".join(problems)
    assert not changed(before, marks(*looking)), "what was refused changed something"


def post(client: Client, url: str, body: bytes, media: str) -> tuple[int, bool]:
    """Whoever is signed out by it is in again for the next, as its session in the database is."""
    before = client.cookies.copy()
    response = client.generic("POST", url, body, content_type=media)
    client.cookies = before
    given = "Content-Disposition" in response.headers  # a file, without a look at what was sent
    return (204 if given else response.status_code), in_words(response)


# Done or refused without a look at what was sent, or refused because of it.
ANSWERED_UNREAD = (204, 302, 303, 403, 404, 405, 409, 410, 413)


def test_wrong_methods_are_refused_in_words(places, as_):
    """Or lead on, where a signed-in person has nothing to do."""
    client, problems = as_("ana"), []
    for address, url in places:
        for method in METHODS if address.route != "healthz" else ():
            response = client.generic(method, url)
            if response.status_code not in (302, 303, 404, 405) or not in_words(response):
                problems.append(f"{method} {url}: {response.status_code}")
    assert not problems, "\n".join(problems)


def test_hostile_addresses(visits):
    """Every word that links and forms of a page put into its address, with values that none of them has."""
    problems = []
    for url, client in visits:
        response = client.get(url)
        html = response.headers.get("Content-Type", "").startswith("text/html")
        words = KNOWN | (words_of(Page(response), url) if html else set())
        asked = [urlencode(dict.fromkeys(words, value)) for value in ASKED] + ["&".join(f"{w}=%ff%fe" for w in words)]
        for value in asked if response.status_code not in (404, 405) else ():
            answer = client.get(f"{url}?{value}")
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if answer.status_code >= 500 or b"<script>alert(9)" in content or (html and not in_words(answer)):
                problems.append(f"{url}: {answer.status_code} for {value[:200]}")
    assert not problems, "\n".join(problems)


def words_of(page: Page, url: str) -> set[str]:
    found = {name for form in page.forms if form.method.lower() == "get" for name in form.controls}
    for link in re.findall(r'(?:href|hx-get)="([^"]*\?[^"]+)"', page.source):
        parts = urlsplit(link.replace("&amp;", "&"))
        if parts.path in ("", urlsplit(url).path):
            found |= {name for name, _value in parse_qsl(parts.query)}
    return found


def test_numbers_beyond_all_rows_are_nobodys(places, as_):
    client = as_("ana")
    for address, _url in places:
        for number in ("0", "9" * 18, "9" * 40) if {"pk", "file_id", "view"} & set(address.holes) else ():
            url = address.filled({"slug": "acme", "name": "confirm", "pk": number, "file_id": number, "view": number})
            for method in ("GET", "POST"):
                assert client.generic(method, url).status_code in (404, 405), f"{method} {url}"


def test_a_hundred_thousand_lines_are_too_many(world, as_, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4 << 20
    doc = make(world, document_types()["supplier_invoices"], "F-1", state="draft")
    lines = "&".join(f"lines-{n}-quantity=1" for n in range(100_000))
    response = as_("tornillos").generic("POST", f"/acme/supplier_invoices/{doc.pk}/edit/", lines, content_type=FORM)
    assert response.status_code == 413 and in_words(response)


def test_large_bodies_of_strangers(world):
    for url in ("/accounts/login/", "/acme/purchase_orders/new/", "/profile/preferences/"):
        response = Client().generic("POST", url, TOO_LARGE, content_type=FORM)
        assert response.status_code == 413 and in_words(response), url


# --- programs -------------------------------------------------------------------------------------------------------

TEXTS = (
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b"[[[" * 3000,
    b'"x"',
    b"1e400",
    b'{"version": 1e400}',
    b'{"version": "1"}',
    b'{"reason": "\\u0000", "version": 99999999999999999999}',
    b'{"reason": {"a": [1]}, "lines": "x", "code": 5}',
    b'{"reason": "x", "reason": "y", "no_such_field": 1}',
    b'{"events": [], "cursor": "\\ud800"}',
    b'[{"external_id": null}]',
    b'[{"external_id": "X-1", "lines": [[[]]]}, 7]',
    b'[{"external_id": "X\\u0000", "total": "NaN", "issue_date": "0000-00-00", "currency": "\xc3\x28"}]',
)
RECORDS = ("load_run",)  # a load that was refused is on record, as a load that was refused


def test_hostile_bodies_of_programs(world):
    """Every operation that takes something: an envelope with a stable code and a sentence, and nothing changed."""
    actor, docs = world.system(), {}
    for kind in document_types().values():
        docs[kind.name] = make(world, kind, "X-1").pk
    with scope(actor):
        _key, text = keys.make(actor, "ERP", list(offered()), rate=1_000_000)
    before, problems, client = marks(actor, world.system("rival")), [], Client()
    for url, one in operations(docs):
        for body in TEXTS if one.action is None else TEXTS[1:]:  # an action may need nothing to be sent
            for media in {JSON: JSON, **one.takes}:
                told = {"Authorization": f"Bearer {text}"}
                response = client.generic(one.method, url, body, content_type=media, headers=told)
                if problem := off(response):
                    problems.append(f"{one.method} {url} {media} {body[:40]!r}: {problem}")
    assert not problems, "\n".join(problems)
    assert not changed(before, marks(actor, world.system("rival")), but=RECORDS)


def operations(docs: dict):
    """Operations that take a body, at the address of a document of their own type."""
    for address in addresses():
        for one in address.methods.values():
            if one.method != "GET":
                values = {"slug": "acme", "pk": docs.get(one.kind.name) if one.kind else 1, "file_id": 1}
                yield address.filled(values), one


def off(response) -> str:
    """What is not as it should be of an answer to nonsense."""
    if not 400 <= response.status_code < 500:
        return f"answers {response.status_code} {response.content[:200]!r}"
    error = json.loads(response.content).get("error", {})
    faults = error.get("fields", [])
    complete = all(error.get(name) for name in ("code", "message", "request_id"))
    return "" if complete and all(f["code"] and f["message"] for f in faults) else f"says {error}"
