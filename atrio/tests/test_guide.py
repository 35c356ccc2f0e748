"""The example of docs/new-document-type.md is a document type, to the letter."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "new-document-type.md"
# What a newcomer does by hand: the files in their place, and the type in the settings.
FOLLOWED = """
import atrio.purchasing, django
from django.conf import settings
atrio.purchasing.__path__.append(r"{folder}")
if "atrio.purchasing.packaging_returns" not in settings.INSTALLED_APPS:
    settings.INSTALLED_APPS.append("atrio.purchasing.packaging_returns")
    settings.DOCUMENT_TYPES.append("atrio.purchasing.packaging_returns.doctype.PACKAGING_RETURNS")
django.setup()
from django.core.management import call_command
from atrio.core.doctypes import document_type
from atrio.tests import test_every_type as shared
call_command("check")
kind = document_type("packaging_returns")
shared.test_moves_name_real_states_and_reach_them_all(kind)
shared.test_every_state_has_its_colour(kind)
shared.test_sorts_and_totals_name_columns(kind)
import atrio.purchasing.packaging_returns.tests.maker
print(sorted(kind.permissions["staff"] | kind.permissions["supplier"]))
"""


def files() -> dict[str, str]:
    """The guide's Python, each block under the path in its first line."""
    blocks = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)


def test_the_example_is_a_document_type(tmp_path):
    package = tmp_path / "packaging_returns"
    for name, code in files().items():
        if not name.startswith("atrio/"):
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            (package / name).write_text(code, encoding="utf-8")
    for folder in (package, package / "tests"):
        (folder / "__init__.py").touch()
    run = [sys.executable, "-c", FOLLOWED.format(folder=tmp_path)]
    done = subprocess.run(run, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    rights = ["decide", "load", "view", "write"]
    assert done.stdout.splitlines()[-1] == str([f"packaging_returns.{right}" for right in rights])
