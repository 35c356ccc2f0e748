"""Lighthouse's marks of the pages that people see first, on a telephone and on a desk."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median

from atrio.config.assets import npm

from .pages import CUSTOMER, LIST, SLUG
from .people import cookie_of, page_client
from .server import serving
from .table import Figure, Place

RUNS, ENOUGH = 3, 95
STAFF = f"staff@{SLUG}.example"
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
CATEGORIES = ("performance", "accessibility", "best-practices")
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Seen:
    """A page as somebody sees it."""

    what: str
    path: str
    headers: dict[str, str]


def measure(place: Place) -> list[Figure]:
    browser = os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return [Figure("Lighthouse", 0, "", note="not run: there is no Chromium; CHROME_PATH names one")]
    tool = _installed()
    with serving(place.environment(), log=place.folder / "web.log") as (base, _pid):
        asked = [(one, device) for one in _pages(place) for device in DEVICES]
        return [_marked(place, [*tool, f"{base}{one.path}"], browser, one, device) for one, device in asked]


def _pages(place: Place) -> list[Seen]:
    with page_client(place.database, SLUG, CUSTOMER) as client:
        mine, document = cookie_of(client), client.first(LIST)
    with page_client(place.database, SLUG, STAFF) as client:
        theirs = cookie_of(client)
    return [
        Seen("sign-in", f"/accounts/login/?next=/{SLUG}/", {}),
        Seen("customer's home", f"/{SLUG}/", mine),
        Seen("customer's list", LIST, mine),
        Seen("customer's document", document, mine),
        Seen("staff's home", f"/{SLUG}/", theirs),
        Seen("staff's list", LIST, theirs),
    ]


def _installed() -> list[str]:
    """Lighthouse by its own lock file, in the person's cache: whoever only runs Atrio never fetches it."""
    files = [HERE / "package.json", HERE / "package-lock.json"]
    version = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atrio" / f"lighthouse-{version}"
    command, environment = npm()
    stamp = cache / ".complete"
    if not stamp.exists():
        cache.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, cache)
        words = [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(words, cwd=cache, env=environment, check=True)
        stamp.touch()
    node = shutil.which("node", path=environment["PATH"])
    assert node is not None, "npm came without Node"
    return [node, str(cache / "node_modules" / "lighthouse" / "cli" / "index.js")]


def _marked(place: Place, command: list[str], browser: str, page: Seen, device: str) -> Figure:
    """The lowest of the three marks, each the median of some runs."""
    reports = [_report(place, command, browser, page, device) for _run in range(1 if place.quick else RUNS)]
    marks = {name: median(report["categories"][name]["score"] * 100 for report in reports) for name in CATEGORIES}
    lowest = min(marks.values())
    note = ", ".join(f"{name} {mark:.0f}" for name, mark in marks.items())
    costs = "; ".join(_costs(reports[-1])) if lowest < 100 else ""
    return Figure(
        f"{page.what}, {device}",
        lowest,
        "of 100",
        f"≥ {ENOUGH} in all",
        lowest >= ENOUGH,
        f"{note}{': ' if costs else ''}{costs}",
    )


def _report(place: Place, command: list[str], browser: str, page: Seen, device: str) -> dict:
    headers, said = place.folder / "headers.json", place.folder / "lighthouse.json"
    headers.write_text(json.dumps(page.headers))
    options = [f"--extra-headers={headers}", f"--chrome-flags={FLAGS}", f"--only-categories={','.join(CATEGORIES)}"]
    options += ["--output=json", f"--output-path={said}", "--quiet", *DEVICES[device]]
    environment = os.environ | {"CHROME_PATH": browser}
    ran = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, timeout=180)
    if ran.returncode:
        raise RuntimeError(f"Lighthouse of {page.path}: {ran.stderr[-1000:]}")
    report = json.loads(said.read_text())
    if problem := report.get("runtimeError"):
        raise RuntimeError(f"Lighthouse of {page.path}: {problem['message']}")
    return report


def _costs(report: dict) -> list[str]:
    """What took marks away, with the figure that Lighthouse gives."""
    found = []
    for category in report["categories"].values():
        for part in category["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                shown = re.sub(r"\s+", " ", audit.get("displayValue") or "").strip()
                found.append(f"{part['id']} {shown}".strip())
    return found
