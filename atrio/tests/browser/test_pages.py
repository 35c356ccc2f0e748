"""Every page that a menu leads to: for everybody, in both themes, on a telephone."""

import contextlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError

from atrio.config.folders import project_folder

AXE = project_folder() / "node_modules" / "axe-core" / "axe.min.js"
TELEPHONE = {"width": 390, "height": 844}
PEOPLE = ("ana", "tornillos", "bodega")
# What no menu names: beside the documents found below.
ALSO = {
    "ana": ("/acme/notifications/", "/acme/profile/", "/acme/search/?q=fe", "/acme/nothing-here/"),
    "tornillos": ("/acme/notifications/", "/acme/search/?q=zzzz"),
    "bodega": ("/acme/statement/?tab=open", "/acme/profile/", "/acme/sales_invoices/?q=zzzz"),
}


@pytest.fixture(params=PEOPLE)
def person(request, enter):
    found = enter(request.param)
    found.page.add_init_script(path=Path(AXE))
    found.also = ALSO[request.param]
    return found


def _leads_to(page) -> list[str]:
    """From any page the menu, from a list its first document, from a document what can be done with it."""
    places = "#menu li a, main .tabs a, #results tbody tr:first-child td a, main .actions a:not([download])"
    links = "links => links.map(a => a.pathname + a.search)"
    found = page.eval_on_selector_all(f"{places}, main .head-row > a.btn-primary", links)
    return [path for path in found if "/pdf/" not in path and "export" not in path]


def _shape(path: str) -> str:
    """One document stands for all of its type."""
    return re.sub(r"\d+", "N", path)


def _violations(page, *rules: str) -> list[str]:
    said = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("said => axe.run(document, said)", said)
    return [f"{v['id']}: {n['html'][:160]}" for v in found["violations"] for n in v["nodes"]]


def _too_wide(page) -> int:
    """How far the page reaches beyond its screen, once charts have fitted in."""
    measure = "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(f"() => ({measure})() === 0", timeout=1500)
    return page.evaluate(measure)


def _problems(person, path: str) -> list[str]:
    page = person.page
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(person.site + path)
    found = _violations(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {v}" for v in _violations(page, "color-contrast")]
    page.set_viewport_size(TELEPHONE)
    wide = _too_wide(page)
    return [f"{path}: {problem}" for problem in found + ([f"{wide} px too wide for a telephone"] if wide > 0 else [])]


def test_every_page_is_clean(person):
    to_see, problems = ["/acme/", *person.also], []
    for path in to_see:  # grows while it is walked
        problems += _problems(person, path)
        for found in _leads_to(person.page):
            if _shape(found) not in map(_shape, to_see):
                to_see.append(found)
    complaints = [c for c in person.complaints if "nothing-here" not in c]
    assert len(to_see) >= 8
    assert not problems + complaints, "\n".join(problems + complaints)


def test_the_door_is_clean(browser, site):
    context = browser.new_context(viewport=TELEPHONE)
    page = context.new_page()
    page.add_init_script(path=Path(AXE))
    page.goto(f"{site}/accounts/login/")
    found = _violations(page)
    page.emulate_media(color_scheme="dark")
    found += _violations(page, "color-contrast")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    context.close()
    assert not found and not wide
