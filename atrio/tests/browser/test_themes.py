"""A theme that a person chose is the one that a system asks for, and a look at a page finds what is wrong with it."""

import pytest

from atrio.tests.browser.looks import AXE, LIGHT, SCREEN, THEMES, Look

CHOSEN = {"light": ("light", "light"), "dark": ("dark", "light"), "high contrast": ("contrast", "light")}
CHOSEN["high contrast, dark"] = ("contrast", "dark")
# How everything looks and where it stands.
SHOWN = """() => [...document.body.querySelectorAll('*')].filter((one) => one.checkVisibility()).map((one) => {
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const names = ['color', 'backgroundColor', 'borderColor', 'borderWidth', 'boxShadow', 'textDecoration', 'fill'];
  return [one.nodeName, one.className.baseVal ?? one.className, ...names.map((name) => style[name]),
    ...[box.x, box.y, box.width, box.height].map(Math.round)].join(' | ');
})"""
# Set by script: the policy for content lets no style into the page's text.
SPOILED = """() => {
  const main = document.querySelector('main');
  const put = (tag, text, style) => {
    const one = document.createElement(tag);
    one.textContent = text;
    Object.assign(one.style, style);
    main.append(one);
    return one;
  };
  put('p', 'pale', { color: 'light-dark(#000, #444)' });
  put('p', 'weak', { color: 'light-dark(#707070, #8c8c8c)', background: 'light-dark(#fff, #000)' });
  const small = { all: 'unset', display: 'inline-block', width: '12px', height: '12px' };
  for (const id of ['one', 'two']) put('button', '', small).ariaLabel = id;
  put('button', 'unseen', { outline: 'none', boxShadow: 'none' }).className = 'unseen';
  put('input', '', {}).className = 'nameless';
  put('div', 'x', { width: '500px' });
}"""


@pytest.fixture
def page(browser, site):
    context = browser.new_context(viewport=SCREEN, reduced_motion="reduce", **LIGHT)
    context.set_default_timeout(10_000)
    found = context.new_page()
    found.add_init_script(path=AXE)
    yield found
    context.close()


def test_a_look_finds_what_is_wrong(page, site):
    page.goto(f"{site}/accounts/login/?next=/acme/")
    look = Look(page)
    assert look.at() == [] and look.at() == []
    page.evaluate(SPOILED)
    found = look.at()
    for width in (1280, 390):
        of = [one.removeprefix(f"{width}") for one in found if one.startswith(f"{width}")]
        assert {one.split(": ")[0].strip(", ") for one in of if "pale" in one} == {"dark", "high contrast, dark"}
        weak = [one for one in of if "weak" in one]
        assert weak and all("color-contrast-enhanced" in one and "high contrast" in one for one in weak)
        assert sum(": target-size:" in one for one in of) == 2
        unseen = [one for one in of if ": focus:" in one and "unseen" in one]
        assert len(unseen) == (len(THEMES) if width == 1280 else 0), "once a kind"
        assert any(": label:" in one and "nameless" in one for one in of)
    assert [one[-8:] for one in found if "px too wide" in one] == ["e at 390"]


@pytest.mark.parametrize("path", ["/acme/", "/acme/purchase_orders/", "/acme/profile/"])
def test_a_theme_that_is_chosen_is_the_one_that_a_system_asks_for(path, enter):
    """So a page that is looked at with `emulate_media` needs no loading anew for each theme."""
    person = enter("tornillos", **LIGHT)
    page = person.page
    try:
        for theme, (asked, _rules) in THEMES.items():
            choice, scheme = CHOSEN[theme]
            _choose(person, "auto")
            person.open(path)
            page.emulate_media(**asked)
            by_system = page.evaluate(SHOWN)
            page.emulate_media(**(LIGHT | {"color_scheme": scheme}))
            assert (page.evaluate(SHOWN) == by_system) == (theme == "light"), "something is seen of it"
            _choose(person, choice)
            page.emulate_media(color_scheme=scheme)
            person.open(path)
            assert page.evaluate(SHOWN) == by_system, theme
    finally:
        _choose(person, "auto")
    assert not person.complaints, person.complaints


def _choose(person, theme: str) -> None:
    """By the person's menu, which is on every page."""
    person.page.emulate_media(**LIGHT)
    person.open("/acme/")
    person.follow(f".topbar button[name=theme][value={theme}]")
    person.page.wait_for_load_state()
