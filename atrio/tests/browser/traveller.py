"""Somebody on a journey: finds the way by what pages say in their language, and looks at each page on the way."""

import os
import re
from pathlib import Path

from atrio.testing.texts import texts_of_page
from atrio.tests.browser.conftest import Person
from atrio.tests.browser.looks import AXE, violations
from atrio.tests.browser.test_pages import FRAME
from atrio.tests.browser.words import english_in, in_language

NARROW = 900
# What can be pressed, by its whole name; a name that only begins so has a part for those who listen.
ROLES = ("button", "link")
BEYOND = "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"


class Traveller(Person):
    """A person with a language. What is wrong with the pages is gathered; `finish` tells all of it."""

    def __init__(self, page, site, language: str, who: str):
        super().__init__(page, site)
        self.language, self.who, self.wrong = language, who, []
        self.pages = 0
        self.seen: set[str] = set()
        self.listen()
        page.add_init_script(path=Path(AXE))

    def says(self, text: str, *, context: str | None = None, **facts: object) -> str:
        return in_language(self.language, text, context=context, **facts)

    @property
    def on_telephone(self) -> bool:
        return self.page.viewport_size["width"] < NARROW

    def named(self, text: str, within: str = "main, dialog[open]", *, of: str = "", **facts: object):
        """What can be pressed and is called so; `of` is what its name goes on with, for those who listen."""
        whole = rf"\s*{re.escape(self.says(text, **facts))}" + (rf"\s*: {re.escape(self.says(of))}" if of else "")
        place, name = self.page.locator(within), re.compile(rf"^{whole}\s*$")
        return place.get_by_role(ROLES[0], name=name).or_(place.get_by_role(ROLES[1], name=name))

    def press(self, text: str, within: str = "main, dialog[open]", *, of: str = "", **facts: object) -> None:
        self.named(text, within, of=of, **facts).first.click()

    def choose(self, text: str) -> None:
        """One of a document's actions; it may be in the menu of further ones."""
        wanted = self.page.locator(".actions").get_by_text(self.says(text), exact=True).first
        if not wanted.is_visible():
            self.page.locator(".actions details > summary").last.click()
        wanted.click()

    def menu(self, text: str) -> None:
        """An entry of the main menu."""
        if self.on_telephone:
            self.press("Menu", ".tabbar")
        self.press(text, "#menu")

    def mine(self, text: str) -> None:
        """An entry of one's own menu."""
        self.page.locator("summary.person").click()
        self.press(text, ".topbar details.menu[open]")

    def fill(self, **typed: str | bool) -> None:
        """Fields by their name; a tick is true or false, a choice is chosen by its value."""
        for name, value in typed.items():
            control = self.page.locator(f"main [name={name}], dialog[open] [name={name}]").last
            if isinstance(value, bool):
                control.set_checked(value)
            elif control.evaluate("one => one.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)

    def typed(self, name: str) -> str:
        return self.page.locator(f"main [name={name}]").last.input_value()

    def error_of(self, name: str) -> str:
        """What is said beside a field."""
        found = self.page.locator(f"#id_{name}_error")
        found.wait_for()
        return found.inner_text().strip()

    def reads(self, text: str, within: str = "main", **facts: object) -> None:
        """A text that is in sight, whole or as a part."""
        self.page.locator(within).get_by_text(self.says(text, **facts)).first.wait_for()

    def at(self, heading: str, **facts: object) -> None:
        """The page of that heading, which is then looked at."""
        self.at_named(self.says(heading, **facts))

    def at_named(self, heading: str) -> None:
        """The page that is called as somebody called it: a portal, a company, a person."""
        shown = self.page.locator("main h1, dialog[open] h1").get_by_text(heading, exact=True)
        shown.first.wait_for()
        self.look(heading)

    def look(self, what: str) -> None:
        """Language, width, all rules of accessibility, and a picture where `ATRIO_PICTURES` names a folder."""
        self.pages += 1
        shown = self.page.locator("html").get_attribute("lang")
        found = [] if shown == self.language else [f"in {shown}"]
        found += self._left_in_english()
        if wide := self.page.evaluate(BEYOND):
            found.append(f"{wide} px too wide")
        if (shape := re.sub(r"\d+", "N", f"{self.page.url} {what}")) not in self.seen:
            # The frame around all pages is looked at on the first ones.
            frame = FRAME if self.seen else ()
            self.seen.add(shape)
            found += violations(self.page, {}, but=frame)
        self.wrong += [f"{self.who}, {what} ({self.page.url}): {one}" for one in found]
        self._picture(what)

    def _left_in_english(self) -> list[str]:
        if self.language == "en":
            return []
        texts = texts_of_page(self.page.content())
        return [f"in English: {text!r}" for text in dict.fromkeys(english_in(self.language).in_(texts))]

    def _picture(self, what: str) -> None:
        if folder := os.environ.get("ATRIO_PICTURES"):
            width = self.page.viewport_size["width"]
            name = re.sub(r"\W+", "-", f"{self.who}-{self.language}-{width}-{self.pages:02d}-{what}")
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def prove_it_is_me(self, password: str) -> None:
        """The password again, where it is asked for."""
        self.at("Is it you?")
        self.fill(password=password)
        self.press("Continue")

    def accept(self, link: str, portal: str, name: str, password: str) -> None:
        """A first account, by the link of an invitation; a password that is too short is said beside it."""
        self.open(link)
        self.at("Invitation to %(portal)s", portal=portal)
        self.fill(name=name, password1="corta", password2="corta")
        self.press("Accept and sign in")
        self.error_of("password1")
        assert self.typed("name") == name, "what was typed stays"
        self.look("a short password")
        self.fill(password1=password, password2=password)
        self.press("Accept and sign in")
        self.is_in()

    def is_in(self) -> None:
        self.page.locator("summary.person").wait_for()
        self.look("inside")

    def sign_in(self, email: str, password: str, portal: str = "acme") -> None:
        self.open(f"/{portal}/")
        self.at("Sign in")
        self.fill(login=email, password=password)
        self.press("Sign in")

    def finish(self) -> None:
        assert self.pages, f"{self.who} has seen no page"
        assert not self.wrong + self.complaints, "\n".join(self.wrong + self.complaints)
