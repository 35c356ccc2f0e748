"""What every template and the style sheet promise: no inline code or style, and readable in both themes."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

PACKAGE = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(p for folder in PACKAGE.glob("**/templates") for p in folder.rglob("*.html"))
STATIC = PACKAGE / "static"
STYLE, STRONG = ((STATIC / name).read_text(encoding="utf-8") for name in ("atrio.css", "contrast.css"))
PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)")
READABLE, STRONGLY = 4.5, 7
SEEN = 3  # borders of controls


def pairs(style: str) -> dict[str, tuple[str, str]]:
    found = PAIR.findall(style)
    assert len({name for name, *_colours in found}) == len(found), "one of two would not be looked at"
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_compiles(path):
    text = path.read_text(encoding="utf-8")
    Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True).parse(text)


@pytest.mark.parametrize("path", [p for p in TEMPLATES if p.name != "mail.html"], ids=name_of)
def test_template_has_nothing_that_the_content_policy_forbids(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"""<[^>]*\sstyle=["']""", text)
    assert not re.search(r"""<[^>]*\son[a-z]+=["']""", text)
    assert "javascript:" not in text
    assert not re.search(r"hx-on|hx-vals=.?js:|hx-trigger=[\"'][^\"']*\[", text)
    for opening in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in opening or 'type="application/json"' in opening


def test_every_button_that_only_shows_an_icon_says_its_name():
    for path in TEMPLATES:
        for tag in re.findall(r"<(?:button|a|summary)\b[^>]*btn-icon[^>]*>", path.read_text(encoding="utf-8")):
            assert "aria-label=" in tag or "bell" in tag, f"{name_of(path)}: {tag}"


def test_own_script_makes_no_code_of_text():
    text = "".join(p.read_text(encoding="utf-8") for p in STATIC.glob("*.js"))
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write|insertAdjacentHTML", text)


@pytest.mark.parametrize("surface", ["canvas", "surface", "raised", "sunken", "hover"])
@pytest.mark.parametrize(
    "ink", ["ink", "ink-2", "ink-3", "green", "amber", "red", "blue", "purple", "teal", "line-control"]
)
@pytest.mark.parametrize(("style", "least"), [(STYLE, READABLE), (STRONG, STRONGLY)], ids=["plain", "high contrast"])
def test_colours_are_readable_in_light_and_in_dark(style, least, ink, surface):
    colours = pairs(style)
    wanted = SEEN if ink == "line-control" else least
    for text, ground in zip(colours[ink], colours[surface], strict=True):
        assert contrast(text, ground) >= wanted, f"{text} on {ground}"


def test_style_sheet_fetches_nothing():
    addresses = re.findall(r"url\(([^)]*)\)|@import", STYLE)
    assert addresses
    assert all(address.startswith('"data:image/svg+xml') for address in addresses)
