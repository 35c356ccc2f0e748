"""The lock files are what pyproject asks for: every name, a version that it allows, hashes, and no address."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {
    "requirements.lock": PROJECT["dependencies"],
    "requirements-dev.lock": [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]],
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_what_pyproject_asks_for(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = {canonicalize_name(one): version for one, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}
    wanted = [Requirement(one) for one in LOCKS[name]]
    missing = [str(one) for one in wanted if not one.specifier.contains(pinned.get(canonicalize_name(one.name), "0"))]
    assert not missing
    assert "://" not in text and "/opt" not in text and not re.search(r"^-", text, re.MULTILINE)
    packages = re.split(r"\n(?=\w)", text.strip())
    assert len(packages) == len(pinned) and all("--hash=sha256:" in one for one in packages)


def test_social_accounts_are_not_asked_for():
    """Sign-in with a company's account is our own (decision 015): the extra brought libraries that nothing imports."""
    (allauth,) = [Requirement(one) for one in PROJECT["dependencies"] if one.startswith("django-allauth")]
    assert allauth.extras == {"mfa"}
