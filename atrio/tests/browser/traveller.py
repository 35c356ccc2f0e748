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
MACHINE = re.compile("[a-z]+(_[a-z]+)+")
PICTURES = "ATRIO_PICTURES"
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
        self._headed(heading).wait_for()
        self.look(heading)

    def _headed(self, heading: str):
        return self.page.locator("main h1, dialog[open] h1").get_by_text(heading, exact=True).first

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
        wrong = [f"in English: {text!r}" for text in dict.fromkeys(english_in(self.language).in_(texts))]
        return wrong + [f"a word of programs: {text!r}" for text in texts if MACHINE.fullmatch(text.strip())]

    def _picture(self, what: str) -> None:
        if folder := os.environ.get(PICTURES):
            width = self.page.viewport_size["width"]
            name = re.sub(r"\W+", "-", f"{self.who}-{self.language}-{width}-{self.pages:02d}-{what}")
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def sure_at(self, heading: str, password: str) -> None:
        """The page of that heading, whether or not what leads there asks once more who it is."""
        self.sure_of(self._headed(self.says(heading)), password)
        self.at(heading)

    def sure_of(self, wanted, password: str) -> None:
        asked, sent = (self._headed(self.says(one)) for one in ("Is it you?", "Thank you. Shall we go on?"))
        wanted.or_(asked).or_(sent).first.wait_for()
        while asked.is_visible() or sent.is_visible():
            self.look("asked once more")
            if asked.is_visible():
                self.fill(password=password)
            with self.page.expect_navigation():
                self.press("Continue")
            wanted.or_(asked).or_(sent).first.wait_for()

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
        # Taking a picture sets a style in the page, which the page's policy refuses.
        heard = [one for one in self.complaints if PICTURES not in os.environ or "inline style" not in one]
        assert not self.wrong + heard, "\n".join(self.wrong + heard)
