"""What a telephone loads before it can sign in."""

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client

LINKED = re.compile(r'<(?:link[^>]+rel="(?:stylesheet|icon)"[^>]+href|script[^>]+src|img[^>]+src|use href)="([^"#]+)')
FIRST_LOAD = 60_000  # bytes, compressed


def test_the_sign_in_page_is_light(world):
    """Also when it asks for a proof of work, and each page beside it."""
    for url in ("/accounts/login/?next=/acme/", "/accounts/password/reset/", "/accounts/password/reset/x/"):
        page = Client().get(url).content
        names = {one.removeprefix("/static/") for one in LINKED.findall(page.decode())}
        found = [finders.find(name) for name in names]
        assert all(found) and {"bare.css", "atrio.css"} <= names, names
        sizes = [len(gzip.compress(Path(file).read_bytes())) for file in found] + [len(gzip.compress(page))]
        assert sum(sizes) <= FIRST_LOAD, f"{url}: {sum(sizes)}"
        assert "tabler" not in page.decode() and "htmx" not in page.decode()
