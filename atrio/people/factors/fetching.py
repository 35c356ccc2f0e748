"""Asks a server of somebody else, whose address a stranger typed: public hosts only, in time, and not too much."""

import http.client
import ipaddress
import json
import socket
import ssl
import time
from urllib.parse import urlsplit

from django.conf import settings

SECONDS = 5  # for each step
WHOLE = 12  # for all of them
LARGEST = 512 * 1024
# What leads into the own network under a public name: translations between the two kinds of addresses.
TRANSLATED = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]


class Unreachable(Exception):
    """It does not answer, not in time, or not as it should."""


class Forbidden(Unreachable):
    """An address that nobody outside may have us call."""


def is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    translated = any(address in net for net in TRANSLATED if net.version == address.version)
    return address.is_global and not address.is_multicast and not translated


def check(url: str) -> tuple[str, int, bool]:
    """(host, port, whether it is one that an operator has named); only https to the usual port, unless named."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as problem:
        raise Forbidden(url) from problem
    named = f"{host}:{port}" in settings.PROVIDER_HOSTS
    plain = any(character.isspace() or not character.isprintable() for character in url)
    if not host or parts.username or parts.password or parts.fragment or plain:
        raise Forbidden(url)
    if not named and (parts.scheme != "https" or port != 443):
        raise Forbidden(url)
    if parts.scheme not in ("https", "http"):
        raise Forbidden(url)
    return host, port, named


def _address(host: str, port: int, named: bool) -> tuple[str, int]:
    """Where to connect: looked up once and checked, so that a second answer of the name server changes nothing."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Unreachable(host) from problem
    places = [str(one[4][0]) for one in found]
    if not named and not all(is_public(place) for place in places):
        raise Forbidden(host)
    return places[0], port


class _Connection(http.client.HTTPConnection):
    """To an address that was checked, under the name that was asked for."""

    def __init__(self, host: str, port: int, address: tuple[str, int], secure: bool):
        super().__init__(host, port, timeout=SECONDS)
        self.address, self.secure = address, secure

    def connect(self) -> None:
        self.sock = socket.create_connection(self.address, SECONDS)
        if self.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _body(response: http.client.HTTPResponse, until: float) -> bytes:
    found = b""
    while part := response.read1(65536):
        found += part
        if len(found) > LARGEST or time.monotonic() > until:
            raise Unreachable("too much, or too slow")
    return found


def ask(url: str, *, data: str | None = None, headers: dict[str, str] | None = None) -> dict:
    """The JSON object that the address answers; nobody is followed to another address."""
    host, port, named = check(url)
    parts, until = urlsplit(url), time.monotonic() + WHOLE
    connection = _Connection(host, port, _address(host, port, named), parts.scheme == "https")
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    sent = {"Accept": "application/json", "User-Agent": "Atrio"} | (headers or {})
    if data is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("GET" if data is None else "POST", path, body=data, headers=sent)
        response = connection.getresponse()
        found = _body(response, until)
        known = json.loads(found) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as problem:
        raise Unreachable(host) from problem
    finally:
        connection.close()
    if not isinstance(known, dict):
        raise Unreachable(host)
    return known
