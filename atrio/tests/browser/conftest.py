"""A browser before a real server, which serves a database of its own; several workers do not meet."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import fasteners
import pytest

from atrio.config.folders import project_folder
from atrio.testing import database

CHROMIUM = next((p for n in ("chromium", "chromium-browser", "google-chrome", "chrome") if (p := shutil.which(n))), "")
STARTS_WITHIN = 60
LOCALES = {"es": "es-CO", "pt-br": "pt-BR", "en": "en-US"}


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"The server did not start: exit code {server.poll()}.")


def _run(*words: str, environ: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words], check=True, env=environ, cwd=project_folder(), stdout=subprocess.PIPE, text=True
    )
    return done.stdout


@contextlib.contextmanager
def _postman(environ: dict[str, str]) -> Iterator[subprocess.Popen]:
    words = [sys.executable, "-m", "atrio.tests.browser.letters"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    # It ends when nobody can ask it any more.
    with subprocess.Popen(words, env=environ, cwd=project_folder(), text=True, **pipes) as process:
        yield process


class Site(str):
    """The address of a running site, and the documents of its stage: by type and state."""

    documents: dict[str, dict[str, int]]
    postman: subprocess.Popen

    def letters(self, portal: str = "acme") -> list[dict]:
        """The mails of a portal, once all that waited was done."""
        assert self.postman.stdin and self.postman.stdout
        self.postman.stdin.write(f"{portal}\n")
        self.postman.stdin.flush()
        return json.loads(self.postman.stdout.readline())

    def letters_to(self, email: str, portal: str = "acme") -> list[dict]:
        return [one for one in self.letters(portal) if one["to"] == email]

    def link_to(self, email: str, path: str, portal: str = "acme") -> str:
        """The newest link below a path that was sent to somebody."""
        found = [one["text"] for one in self.letters_to(email, portal) if f"{self}{path}" in one["text"]]
        return re.findall(rf"{path}[\w-]+/", found[-1])[-1]


@pytest.fixture(scope="session")
def site(worker_id, tmp_path_factory) -> Iterator[Site]:
    """A running site over a clone of the world."""
    if not CHROMIUM:
        pytest.skip("NO BROWSER TESTS: Chromium is not on the PATH of this machine; install it to run them.")
    folder, port = tmp_path_factory.mktemp("site"), _free_port()
    address = Site(f"http://localhost:{port}")  # passkeys belong to names, not to numbers
    environ = os.environ | {"ATRIO_URL": address, "ATRIO_STORAGE": str(folder), "ATRIO_TRIAL": "1"}
    with fasteners.InterProcessLock(project_folder() / "build" / "assets.lock"):
        _run("atrio.config.cli", "assets", environ=environ)
    with database.clone(f"atrio_browser_{worker_id}_{os.getpid()}") as name:
        environ |= {"ATRIO_DATABASE_NAME": name}
        # Mails of the stage go nowhere: what is printed are its documents.
        quiet = environ | {"ATRIO_EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
        address.documents = json.loads(_run("atrio.tests.browser.stage", environ=quiet))
        words = ["granian", "--interface", "wsgi", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
        with (folder / "log").open("wb") as log, _postman(quiet) as address.postman:
            server = subprocess.Popen(
                [sys.executable, "-m", *words, "--no-ws", "atrio.config.wsgi:application"],
                env=environ,
                cwd=project_folder(),
                stdout=log,
                stderr=log,
            )
            try:
                _wait_for(address, server)
                yield address
            finally:
                server.terminate()
                try:
                    server.wait(10)
                except subprocess.TimeoutExpired:
                    server.kill()


@pytest.fixture(scope="module")
def browser(site):
    """Chromium; of one module only, because its event loop and Django's database do not go together."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@dataclass
class Person:
    """Somebody before a screen; what the browser complains of is kept."""

    page: object
    site: str
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep errors; a refusal in words (a form sent back, nothing there) is an answer, which Chromium calls one."""

        def hear(said) -> None:
            if said.type == "error" and not re.search(r"status of 4(03|04|09|10|13|22)", said.text):
                self.complaints.append(f"{self.page.url}: {said.text}")

        self.page.on("console", hear)
        self.page.on("pageerror", lambda problem: self.complaints.append(f"{self.page.url}: {problem}"))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.site}{path}")

    def follow(self, selector: str) -> None:
        """Press what is shown, or open the menu that holds it first."""
        found = self.page.locator(selector).first
        if not found.is_visible():
            found.locator("xpath=ancestor::details/summary").click()
        found.click()


@pytest.fixture(scope="module")
def signed_in(browser, site) -> dict[str, dict]:
    """The cookies of everybody who came in so far."""
    return {}


@pytest.fixture
def enter(browser, site, signed_in) -> Iterator[Callable[..., Person]]:
    """`enter("tornillos", width=390)` is that person, signed in, before a screen of that width."""
    opened = []

    def person(who: str, *, width: int = 1280, **options) -> Person:
        screen = {"viewport": {"width": width, "height": 844 if width < 900 else 900}, "reduced_motion": "reduce"}
        if who not in signed_in:
            signed_in[who] = _sign_in(browser, site, who)
        context = browser.new_context(storage_state=signed_in[who], **(screen | options))
        context.set_default_timeout(10_000)
        opened.append(context)
        found = Person(context.new_page(), site)
        found.listen()
        return found

    yield person
    for context in opened:
        context.close()


@pytest.fixture
def traveller(browser, site) -> Iterator[Callable]:
    """`traveller("Nora", "es", 390)` is somebody in a browser of their own who has signed in nowhere."""
    from atrio.tests.browser.traveller import Traveller

    coming: list[Traveller] = []

    def person(who: str, language: str = "es", width: int = 1280) -> Traveller:
        screen = {"width": width, "height": 844 if width < 900 else 900}
        context = browser.new_context(
            viewport=screen, locale=LOCALES[language], reduced_motion="reduce", accept_downloads=True
        )
        context.set_default_timeout(10_000)
        coming.append(Traveller(context.new_page(), site, language, who))
        return coming[-1]

    yield person
    for one in coming:
        one.page.context.close()
    for one in coming:
        one.finish()


def _sign_in(browser, site: str, who: str) -> dict:
    from atrio.testing.world import PASSWORD

    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/accounts/login/")
    page.fill("[name=login]", f"{who}@acme.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url(f"{site}/acme/")
    state = context.storage_state()
    context.close()
    return state
