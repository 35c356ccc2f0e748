"""The first step on a bare machine tells what is wrong in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from atrio.config import bootstrap

SOURCE = Path(bootstrap.__file__)


@pytest.fixture
def project(tmp_path):
    """A project of its own, in a folder with a space, whose lock names one package that does not exist."""
    root = tmp_path / "my project"
    (root / "atrio" / "config").mkdir(parents=True)
    (root / "atrio" / "config" / "bootstrap.py").write_text(SOURCE.read_text())
    (root / "requirements.lock").write_text("")
    (root / "requirements-dev.lock").write_text("")
    (root / "pyproject.toml").write_text("")
    return root


def start(project, *arguments):
    script = str(project / "atrio" / "config" / "bootstrap.py")
    environ = {"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [sys.executable, script, *arguments], env=environ, capture_output=True, text=True, cwd=project
    )


def test_it_needs_nothing_but_the_standard_library():
    code = f"import runpy; runpy.run_path({str(SOURCE)!r}, run_name='imported')"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_failing_pip_is_one_sentence_and_the_next_try_starts_over(project):
    (project / "requirements.lock").write_text("nothing-of-that-name==1 --hash=sha256:" + "0" * 64 + "\n")
    for _ in range(2):
        done = start(project)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "no ready-made package of nothing-of-that-name==1" in done.stderr.splitlines()[-1]
    assert not (project / ".venv" / ".atrio").exists()


def test_an_environment_that_cannot_be_made_is_one_sentence(project):
    (project / ".venv").write_text("a file is in the way")
    done = start(project)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("atrio: The environment could not be made")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("x\nERROR: Could not install packages due to an OSError: [Errno 28] No space left", "disk is full"),
        ("WARNING: Retrying after ... NewConnectionError(...)\nERROR: No matching distribution", "cannot be reached"),
        ("ERROR: No matching distribution found for typst==0.15.2", "no ready-made package of typst==0.15.2"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES: do not match the hashes", "nothing was installed"),
        ("ERROR: something new", "pip failed: ERROR: something new"),
        ("", "said nothing"),
    ],
)
def test_what_pip_says_becomes_one_sentence(output, words):
    assert words in bootstrap._reason(output)


def test_the_stamp_follows_the_lock_and_the_place(project, monkeypatch):
    monkeypatch.setattr(bootstrap, "PROJECT", project)
    monkeypatch.setattr(bootstrap, "VENV", project / ".venv")
    lock = project / "requirements.lock"
    first = bootstrap._state(lock)
    lock.write_text("a==1\n")
    second = bootstrap._state(lock)
    monkeypatch.setattr(bootstrap, "VENV", project / "moved" / ".venv")
    assert len({first, second, bootstrap._state(lock)}) == 3
