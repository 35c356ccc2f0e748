"""A browser without a screen: pages, links, forms and cookies as a person has them, over one connection kept alive."""

import gzip
import html
import http.client
import re
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random
from urllib.parse import urldefrag, urljoin, urlsplit

HREF = re.compile(r'href="([^"]+)"')
HTMX = {"HX-Request": "true", "HX-Target": "results"}
PATIENCE = 60  # seconds for an answer, far more than a person has
EXAMPLES = 20


class Over(Exception):
    """The time is up."""


class Raced(Exception):
    """Somebody else was faster: refused in words, and nothing is wrong."""


class Lost(Exception):
    """The answer is not what a person could go on with; it is counted already."""


@dataclass
class Tally:
    """What everybody saw, together."""

    times: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    done: Counter = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, status: int, seconds: float) -> None:
        with self.lock:
            self.statuses[status] += 1
            self.times.append(seconds)

    def wrong(self, what: str) -> None:
        with self.lock:
            self.errors.append(what[:300])

    def did(self, event: str) -> None:
        """Something that the portal said it has done, and must be found to have done."""
        with self.lock:
            self.done[event] += 1

    def percentile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0


@dataclass(frozen=True)
class Page:
    """One answer."""

    path: str
    status: int
    text: str

    def links(self, pattern: str) -> list[str]:
        found = (html.unescape(one) for one in HREF.findall(self.text))
        return list(dict.fromkeys(urljoin(self.path, one) for one in found if re.search(pattern, one)))

    def form(self, action: str) -> "Form | None":
        """The form whose address ends so."""
        for piece in re.findall(r"<form\b.*?</form>", self.text, re.DOTALL):
            reader = Form(self.path)
            reader.feed(piece)
            if urlsplit(reader.action).path.endswith(action):
                return reader
        return None


class Form(HTMLParser):
    """A form with what its fields hold; buttons count only when they are pressed, files only when chosen."""

    def __init__(self, page: str):
        super().__init__()
        self.page, self.action, self.multipart = page, page, False
        self.values: dict[str, str] = {}
        self._area = self._choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        name, value = own.get("name") or "", own.get("value") or ""
        if tag == "form":
            self.action = urljoin(self.page, own.get("action") or "")
            self.multipart = own.get("enctype") == "multipart/form-data"
        elif tag == "input" and name:
            kind = own.get("type", "text")
            if kind not in ("submit", "file", "checkbox", "radio") or "checked" in own:
                self.values[name] = value
        elif tag == "textarea" and name:
            self._area, self.values[name] = name, ""
        elif tag == "select" and name:
            self._choice = name
        elif tag == "option" and self._choice and (self._choice not in self.values or "selected" in own):
            self.values[self._choice] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._choice = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data


def multipart(values: dict[str, str]) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in values.items()]
    return f"{''.join(parts)}--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


class Browser:
    """Somebody at a screen: looks, thinks, presses; stops when the time is over."""

    def __init__(self, base: str, tally: Tally, over: threading.Event, dice: Random, think: float):
        self.host = urlsplit(base).netloc
        self.tally, self.over, self.dice, self.think = tally, over, dice, think
        self.cookies: dict[str, str] = {}
        self.connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)

    def pause(self, share: float = 1.0) -> None:
        if self.over.wait(self.think * share * self.dice.uniform(0.5, 1.5)):
            raise Over

    def get(self, path: str, *, thinking: float = 1.0, **headers: str) -> Page:
        self.pause(thinking)
        return self._ask("GET", path, headers=headers)

    def part(self, path: str, thinking: float = 0.5) -> Page:
        """What htmx asks for as somebody types or chooses."""
        self.pause(thinking)
        return self._ask("GET", path, headers=HTMX)

    def post(self, path: str, token: str) -> Page:
        """What a page sends by itself."""
        return self._ask("POST", path, headers={"X-CSRFToken": token})

    def send(self, page: Page, action: str, **typed: str) -> Page:
        """Fill in a form of the page and press its button."""
        form = page.form(action)
        if form is None:
            raise self.lost(f"{page.path} has no form {action}")
        self.pause()
        values = form.values | typed
        body, kind = multipart(values)
        return self._ask("POST", form.action, body, {"Content-Type": kind})

    def one_of(self, page: Page, pattern: str) -> str | None:
        """Any of the links that look so."""
        links = page.links(pattern)
        return self.dice.choice(links) if links else None

    def lost(self, what: str) -> Lost:
        self.tally.wrong(what)
        return Lost(what)

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Page:
        page, onward = self._once(method, path, body, headers or {})
        while onward:
            page, onward = self._once("GET", onward, None, {})
        if page.status == 409:
            raise Raced
        if page.status >= 400:
            said = re.search(r"<h1>(.*?)</h1>", page.text)
            raise self.lost(f"{page.status} {method} {path} {said[1] if said else page.text[:100]}")
        return page

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[Page, str]:
        """One request; its answer, and where that sends us."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        common = {"Cookie": cookie, "Accept-Encoding": "gzip", "Accept-Language": "es"}
        started = time.perf_counter()
        try:
            self.connection.request(method, path, body, common | headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self.connection.close()
            raise self.lost(f"{type(problem).__name__} {method} {path}: {problem}") from problem
        self.tally.answered(answer.status, time.perf_counter() - started)
        self._keep_cookies(answer.headers.get_all("Set-Cookie") or [])
        onward = answer.headers.get("HX-Redirect") or (answer.headers.get("Location") if answer.status < 400 else "")
        onward = urldefrag(urljoin(path, onward)).url if onward else ""
        return Page(path, answer.status, _text(answer, content)), onward

    def _keep_cookies(self, given: list[str]) -> None:
        for one in given:
            name, _mark, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value


def _text(answer: http.client.HTTPResponse, content: bytes) -> str:
    """Pages only: a PDF or a sheet is read to its end and not looked at."""
    if "html" not in (answer.headers.get("Content-Type") or ""):
        return ""
    if answer.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    return content.decode()
