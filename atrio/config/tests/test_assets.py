"""Icons are found where they are named, and a wrong name is told with its place."""

import pytest

from atrio.config import assets
from atrio.config.problem import Problem

TEMPLATE = """
{{ icon("plus") }} {{ icon('trash', class="big") }} {{ button(_("Send"), icon="send") }}
{{ icon("sun" if theme == "light" else "moon") }} <link rel="icon" href="x"> {{ icon(item.icon) }}
"""
CODE = '''
ICONS = {"note": "message", "file": "paperclip"}
OTHER = {"note": "nothing"}
class A:
    icon: str = "circle"
def f(kind, late):
    """icon("prose")"""
    return [A(icon="clock" if late == "yes" else "check"), {"icon": ICONS.get(kind, "point"), "title": "no"}]
'''
DRAWING = '<svg\n  width="24"\n>\n  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n  <path d="M1 2" />\n</svg>\n'


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "atrio"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "page.html").write_text(TEMPLATE)
    (folder / "code.py").write_text(CODE)
    (folder / "tests").mkdir()
    (folder / "tests" / "test_x.py").write_text('icon("unused")')
    return folder


def test_names_are_found_in_templates_and_code(package):
    names = assets.used_icons(package)
    in_template = {"plus", "trash", "send", "sun", "moon"}
    assert set(names) == in_template | {"message", "paperclip", "circle", "clock", "check", "point"}
    assert names["plus"] == "atrio/templates/page.html:2"
    assert names["circle"] == "atrio/code.py:5"


def test_the_sprite_holds_one_symbol_each_in_order(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.svg").write_text(DRAWING)
    lines = assets.sprite({"b": "x:1", "a": "y:2"}, tmp_path).splitlines()
    assert [line.split('"')[1] for line in lines[1:-1]] == ["a", "b"]
    assert lines[1].endswith('viewBox="0 0 24 24"><path d="M1 2" /></symbol>')


def test_a_name_that_does_not_exist_is_told_with_its_place(tmp_path):
    with pytest.raises(Problem, match=r"atrio/page.html:7: there is no Tabler icon 'nope'"):
        assets.sprite({"nope": "atrio/page.html:7"}, tmp_path)


def test_every_icon_of_ours_is_in_the_sprite_as_built():
    sprite = (assets.VENDOR / "icons.svg").read_text()
    missing = [name for name in assets.used_icons(assets.PACKAGE) if f'id="{name}"' not in sprite]
    assert missing == []


def test_a_source_map_that_is_not_shipped_is_not_named():
    for text in (b"a{}\n/*# sourceMappingURL=x.css.map */\n", b"f()\n//# sourceMappingURL=x.js.map"):
        assert b"sourceMappingURL" not in assets.SOURCE_MAP.sub(b"\n", text)


def test_a_file_is_written_only_when_it_differs(tmp_path):
    file = tmp_path / "new" / "file"
    assets._write(file, b"one")
    before = file.stat().st_mtime_ns
    assets._write(file, b"one")
    assert file.stat().st_mtime_ns == before
    assets._write(file, b"two")
    assert file.read_bytes() == b"two"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("npm error code ENOSPC", "the disk is full"),
        ("npm error code ENOTFOUND\nnpm error request failed", "registry cannot be reached"),
        ("npm error code EUSAGE\nnpm error more", "code EUSAGE"),
        ("", "said nothing"),
    ],
)
def test_what_npm_says_becomes_one_sentence(output, words):
    assert words in assets._npm_reason(output)


def test_an_old_node_is_passed_over(monkeypatch):
    monkeypatch.setattr(assets, "_node_version", lambda node: 18)
    command, environ = assets.npm()
    assert command[-1].endswith("npm-cli.js")
    assert environ["PATH"].startswith(command[0].rpartition("/")[0])
