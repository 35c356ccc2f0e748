"""Bad input, whatever the form: said beside the field, what was typed is kept, and nothing has changed.

Forms are found by visiting every address as everybody; a new one is attacked by itself."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from atrio.core.doctypes import document_types
from atrio.testing.forms import Control, Form, Page
from atrio.testing.sweep import addresses
from atrio.testing.untouched import changed, marks
from atrio.testing.world import make, owner_of, states_of

DATES = ("0000-00-00", "10000-01-01", "2026-02-30", "yesterday", "２０２６-０１-０１", "9" * 400, "2026-01-01T00:00")
NUMBERS = ("1e400", "NaN", "Infinity", "-Infinity", "１２", "1.2.3", "9" * 400, "0x1F", "²", "--1", "1,2,3", "=1+1")
TAMPERED_WITH: set[tuple] = set()  # one form of each shape stands for all: a conversation is the same on any document
# What people may well write: kept and shown as it is, and never run.
HIDDEN = ("", "abc", "-1", "１２", "9" * 30, "\x00<script>alert(9)</script>")
BAD_FILES = (("a.exe", b"MZ\x90\x00\x03"), ("empty.pdf", b""), ("a.pdf", b"<html><script>alert(9)</script>"))
STRANGE = (
    "<script>alert(9)</script>",
    "=cmd()|' /C calc'!A0",
    "uno\r\ndos",
    "a\x07b\x1b[31m",
    "'\"><b>",
    "\u202egnp.exe",
)


def bad(control: Control) -> tuple[str, ...]:
    """What its own control says that it does not take."""
    if control.kind in ("checkbox", "radio", "select"):
        known = dict(control.options)
        single = control.kind == "checkbox" and len(known) == 1
        return tuple(one for one in ("no-such-choice", "0", "１") if one not in known and not single)
    if control.kind == "file":
        return ()
    empty = ("",) if control.required else ()
    if control.kind == "date":
        return (*empty, *DATES)
    if control.is_number:
        # A program that reads whole numbers takes the digits of all scripts, and rightly.
        return (*empty, *(one for one in NUMBERS if control.kind not in ("number", "range") or one != "１２"))
    if control.kind == "password":
        return (*empty, "\x00")
    assert control.limit, f"{control.name} takes text of any length"
    return (*empty, "x" * (10 * control.limit), "\x00", "dos\x00mil", "ñ" * (control.limit + 1))


def rounds(form: Form) -> Iterator[dict[str, str]]:
    """What is typed, all controls at once: each has its first bad value, then its second; who has no more repeats."""
    by_name = {control.name: bad(control) for control in form.typed}
    names = [name for name, values in by_name.items() if values]
    for turn in range(max((len(by_name[name]) for name in names), default=0)):
        yield {name: by_name[name][turn % len(by_name[name])] for name in names}


def as_sent(values: list[str]) -> list[str]:
    """As a browser gives them back: line ends of one kind, and no NUL."""
    return [v.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "") for v in values]


def unsaid(form: Form, page: Page, typed: dict[str, str], sent: dict[str, list[str]]) -> list[str]:
    """What the answer leaves out: a message tied to the control, or what was typed."""
    again = next((one for one in page.forms if {c.name for c in form.typed} <= set(one.controls)), None)
    if again is None:
        return ["the form is not shown again"]
    found = []
    for name, value in typed.items():
        control = again.controls[name]
        if control.attrs.get("aria-invalid") != "true":
            found.append(f"{name}={value[:20]!r} is taken for right")
        elif not page.told(control):
            found.append(f"{name}={value[:20]!r}: no message is tied to the control")
    for control in form.typed:
        given, shown = sent.get(control.name, []), again.controls[control.name]
        known = not shown.options or set(given) <= {value for value, _chosen in shown.options}
        once = control.name == "answer"  # to a question that is another one each time
        if control.kind not in ("password", "file") and not once and known and as_sent(given) != as_sent(shown.sent):
            found.append(f"{control.name}: {short(given)} is not shown again, but {short(shown.sent)}")
    return found


def tampered(form: Form, filled: dict) -> Iterator[dict]:
    """What only a program sends: hidden values left out or replaced, others' rows named, lines in any number."""
    hidden = [name for name, c in form.controls.items() if not c.is_typed and name not in ("csrfmiddlewaretoken",)]
    for name in hidden:
        yield {n: v for n, v in filled.items() if n != name}
        yield from (filled | {name: value} for value in HIDDEN)
    if "lines-TOTAL_FORMS" in filled:
        gap = {name.replace("lines-0-", "lines-7-"): value for name, value in filled.items()}
        yield from (gap, gap | {"lines-TOTAL_FORMS": "8"}, gap | {"lines-TOTAL_FORMS": "１００"})
        yield from (filled | {name: "1"} for name in ("_remove-999999", "_remove-²", "_remove-", "_add", "lines--x"))
        # Both lines about the same thing: found out when the first is written already.
        yield filled | {n: filled[n.replace("-1-", "-0-")] for n in hidden if n.startswith("lines-1-")}
        yield filled | {"_add": "1", "_add_count": "²"}
        yield filled | {"_add": "1", "_add_count": "9999"}
    yield {name: [*value, *value] if isinstance(value, list) else value for name, value in filled.items()}


def strange(form: Form, filled: dict) -> Iterator[dict]:
    """What people may well write into every text at once."""
    texts = [c for c in form.typed if c.kind in ("text", "textarea", "search", "tel", "url", "password")]
    for value in STRANGE if texts else ():
        yield filled | {c.name: value[: c.limit or None] for c in texts if not c.is_number}


def short(values: list[str]) -> list[str]:
    return [value[:30] for value in values]


def broken(page: Page) -> Iterator[str]:
    """Links and forms of a page to addresses that the URL table does not have."""
    for link in {*page.links, *(form.action for form in page.forms)}:
        path = urlsplit(link).path if urlsplit(link).scheme in ("", "http", "https") else ""
        if path.startswith("/") and not path.startswith(settings.STATIC_URL):
            try:
                known = resolve(path).kwargs.get("slug", "acme") == "acme"
            except Resolver404:
                known = False
            if not known:
                yield link


class Attacker:
    """One person at a page's forms, and all that went wrong."""

    def __init__(self, world, client: Client, who: str):
        self.world, self.client, self.who = world, client, who
        self.actors = (world.actor(who), world.system())
        self.seen: set[tuple] = set()
        self.problems: list[str] = []

    def visit(self, url: str) -> Page | None:
        response = self.client.get(url)
        if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
            return None
        page = Page(response)
        self.problems += [f"{self.who} {url}: {link} leads nowhere" for link in broken(page)]
        for form in page.forms:
            if form.method.lower() == "post":
                action = form.action or url
                key = (re.sub(r"\d+", "N", action), *sorted({c.name for c in form.typed}))
                if key not in self.seen and form.typed:
                    self.seen.add(key)
                    self.attack(action, form)
        return page

    def attack(self, action: str, form: Form) -> None:
        before, filled = marks(*self.actors), form.filled
        for typed in rounds(form):
            sent = filled | {name: [value] for name, value in typed.items()}
            response = self.post(action, sent)
            if response.status_code not in (409, 422):
                self.problems.append(f"{self.who} {action} answers {response.status_code} to {typed!r:.200}")
            elif missing := unsaid(form, Page(response), typed, sent):
                self.problems.append(f"{self.who} {action}: {'; '.join(missing)}")
        self.send_files(action, form, filled)
        if tables := changed(before, marks(*self.actors)):
            self.problems.append(f"{self.who} {action} changed {tables}")
        shape = tuple(sorted(re.sub(r"\d+", "N", name) for name in form.controls))
        hostile = () if shape in TAMPERED_WITH else (*tampered(form, filled), *strange(form, filled))
        TAMPERED_WITH.add(shape)
        for sent in hostile:
            with transaction.atomic():
                refused = self.survive(action, sent)
                if refused and "lines-TOTAL_FORMS" in filled and (tables := changed(before, marks(*self.actors))):
                    self.problems.append(f"{self.who} {action} changed {tables} and refused {sent!r:.300}")
                transaction.set_rollback(True)

    def post(self, action: str, sent: dict):
        response = self.client.post(action, sent)
        if response.status_code == 303:  # a form inside another page's leads back to that page
            response = self.client.get(response.headers["Location"])
        return response

    def send_files(self, action: str, form: Form, filled: dict) -> None:
        """Files that nobody wants: said beside the field."""
        for control in form.typed:
            for name, content in BAD_FILES if control.kind == "file" else ():
                response = self.post(action, filled | {control.name: SimpleUploadedFile(name, content)})
                if response.status_code != 422 or not Page(response).problems:
                    self.problems.append(f"{self.who} {action} answers {response.status_code} to {name} {content[:9]}")

    def survive(self, action: str, sent: dict) -> bool:
        """Whatever it answers: no failure, a refusal is in words, and nothing that was typed is run by a browser."""
        response = self.post(action, sent)
        page = Page(response)
        if response.status_code >= 500 or "<script>alert(9)" in page.source:
            self.problems.append(f"{self.who} {action} answers {response.status_code} to {sent!r:.300}")
        if response.status_code >= 400 and not page.problems and "errorpage" not in page.source:
            self.problems.append(f"{self.who} {action} refuses {sent!r:.300} without a word")
        return response.status_code >= 400


def pages_of(kind, docs: list) -> Iterator[str]:
    """Every address of a type, of each of these documents."""
    for address in addresses():
        if address.kind is not kind or {"file_id", "view"} & set(address.holes):
            continue
        for doc in docs if "pk" in address.holes else docs[:1]:
            state = getattr(doc, "state", "")
            names = [a.name for a in kind.actions if state in a.sources] if "name" in address.holes else [""]
            yield from (address.filled({"slug": "acme", "pk": doc.pk, "name": name}) for name in names)


def leading_to(world, kind, client: Client, who: str) -> list[str]:
    """The forms of a type that start from another document, as that one's page offers them."""
    if not kind.editor or not kind.editor.source:
        return []
    found: dict[str, str] = {}
    for other in document_types().values():
        for state in states_of(other) if other.links else []:
            page = client.get(f"/acme/{other.name}/{make(world, other, f'L-{who}-{state}', state=state).pk}/")
            for link in re.findall(rf'href="(/acme/{kind.name}/new/\?[^"]+)"', page.content.decode()):
                found.setdefault(re.sub(r"\d+", "N", link), link.replace("&amp;", "&"))
    return list(found.values())


@pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
def test_bad_input_into_the_forms_of_a_type(kind, world, as_):
    docs = [make(world, kind, f"B-{state}", state=state) for state in states_of(kind)]
    problems = []
    for who in dict.fromkeys(("ana", owner_of(kind))):
        attacker = Attacker(world, as_(who), who)
        for url in [*pages_of(kind, docs), *leading_to(world, kind, attacker.client, who)]:
            attacker.visit(url)
        problems += attacker.problems
    assert not problems, "\n".join(problems)


def test_bad_input_into_the_forms_of_no_type(world, as_, settings):
    settings.OPEN_PORTALS = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a good one takes its time
    problems = []
    for who in ("ana", "bodega"):
        attacker = Attacker(world, as_(who), who)
        for address in addresses():
            if address.kind is None and not address.methods and set(address.holes) <= {"slug", "secret"}:
                attacker.visit(address.filled({"slug": "acme", "secret": "x"}))
        problems += attacker.problems
    stranger = Attacker(world, Client(), "ana")
    for door in ("/accounts/login/?next=/acme/", "/acme/join/"):
        stranger.visit(door)
    assert not problems + stranger.problems, "\n".join(problems + stranger.problems)
