"""Every setting is explained to whoever runs Atrio."""

import re

from atrio.config.assets import PACKAGE

NAME = re.compile(r"""environ(?:\.get|\.setdefault)?[(\[]\s*["']([A-Z][A-Z_]+)["']|_switch\(environ, "([A-Z_]+)"\)""")
OF_THE_SYSTEM = {"PATH", "SSL_CERT_FILE"}


def test_every_setting_is_documented():
    text = (PACKAGE.parent / "docs" / "operations.md").read_text()
    read = set()
    for file in PACKAGE.glob("**/*.py"):
        if "tests" not in file.parts:
            read |= {first or second for first, second in NAME.findall(file.read_text())}
    assert {"DATABASE_URL", "ATRIO_PGBOUNCER", "SECRET_KEY"} <= read
    assert sorted(name for name in read - OF_THE_SYSTEM if f"`{name}`" not in text) == []


def test_no_documented_setting_is_a_ghost():
    text = (PACKAGE.parent / "docs" / "operations.md").read_text()
    named = {
        name for row in re.findall(r"^\| (`[A-Z].*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    code = "\n".join(file.read_text() for file in PACKAGE.glob("**/*.py") if "tests" not in file.parts)
    assert len(named) > 20
    assert sorted(name for name in named if f'"{name}"' not in code) == []
