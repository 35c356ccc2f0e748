"""Somebody at a browser, and a program with a key: they speak HTTP to the processes that tests kill."""

import hashlib
import http.client
import http.cookiejar
import json
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from atrio.erp.api.scopes import offered
from atrio.testing.world import PASSWORD

from .place import until

CUT = (ConnectionError, http.client.HTTPException, urllib.error.URLError, TimeoutError)


@dataclass
class Answer:
    status: int
    text: str
    headers: http.client.HTTPMessage

    def json(self) -> dict:
        return json.loads(self.text)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_unused):
        return None


def _asked(opener, request) -> Answer:
    try:
        with opener.open(request, timeout=60) as given:
            return Answer(given.status, given.read().decode(errors="replace"), given.headers)
    except urllib.error.HTTPError as given:
        return Answer(given.code, given.read().decode(errors="replace"), given.headers)


class Person:
    def __init__(self, place, who: str = "ana", language: str = "en"):
        self.base = f"http://127.0.0.1:{place.port}"
        self.cookies = http.cookiejar.CookieJar()
        jar = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(jar, _NoRedirects)
        self.headers = {"Accept-Language": language}
        self.get("/accounts/login/")
        given = {"login": f"{who}@acme.example", "password": PASSWORD}
        until(lambda: self.post("/accounts/login/", given).status == 302, "sign-in")

    def get(self, path: str) -> Answer:
        return _asked(self.opener, urllib.request.Request(self.base + path, headers=self.headers))

    def post(self, path: str, data: dict | None = None, files: dict | None = None) -> Answer:
        token = next((c.value for c in self.cookies if c.name == "csrftoken"), "")
        fields = {"csrfmiddlewaretoken": token} | (data or {})
        kind, body = _multipart(fields, files) if files else (None, urllib.parse.urlencode(fields).encode())
        headers = self.headers | ({"Content-Type": kind} if kind else {})
        return _asked(self.opener, urllib.request.Request(self.base + path, body, headers))


def _multipart(fields: dict, files: dict) -> tuple[str, bytes]:
    mark = secrets.token_hex(8)
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    for name, (filename, text) in files.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n{text}\r\n")
    return f"multipart/form-data; boundary={mark}", ("".join(parts) + f"--{mark}--\r\n").encode()


class Program:
    def __init__(self, place):
        self.base, self.opener = f"http://127.0.0.1:{place.port}/acme/api/v1/", urllib.request.build_opener()
        prefix, secret = secrets.token_hex(5), secrets.token_hex(32)
        self.headers = {"Authorization": f"Bearer atrio_{prefix}_{secret}", "Content-Type": "application/json"}
        place.do(
            "insert into api_key (portal_id, name, prefix, digest, scopes, rate, tokens, refilled_at, feed_transaction,"
            " feed_event, created_by, created_at) select id, 'ERP', %s, %s, %s, 6000, 6000, now(), 0, 0, 'Ana', now()"
            " from portal where slug = 'acme'",
            prefix,
            hashlib.sha256(secret.encode()).hexdigest(),
            json.dumps(offered()),
        )

    def get(self, path: str) -> Answer:
        return _asked(self.opener, urllib.request.Request(self.base + path, headers=self.headers))

    def post(self, path: str, data, **headers: str) -> Answer:
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return _asked(self.opener, urllib.request.Request(self.base + path, json.dumps(data).encode(), given))


def words(html: str) -> str:
    """What a person reads of a page."""
    body = html.split("<main", 1)[-1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())
