"""`atrio einvoice` as people and programs call it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ..cli import main
from ..facts import KEYS
from ..writers.ubl import write_ubl
from . import documents

HERE = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "right.xml").write_bytes(write_ubl(documents.invoice()))
    (tmp_path / "wrong.xml").write_bytes(b"<html></html>")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "note.txt").write_bytes(b"no XML at all")
    return tmp_path


def told(capfdbinary, *arguments: str) -> tuple[int, list[dict]]:
    code = main(list(arguments))
    return code, [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]


def test_one_line_for_each_file_with_every_key(folder, capfdbinary):
    code, (one,) = told(capfdbinary, str(folder / "right.xml"))
    assert code == 0
    assert list(one) == ["file", *KEYS, "findings"]
    assert one["gross_total"] == "23.21"
    assert one["lines"] == 2
    assert one["is_payable_invoice"] is True
    assert one["uuid"] is None
    assert one["findings"] == []


def test_a_mixed_folder_says_which_are_refused(folder, capfdbinary):
    code, objects = told(capfdbinary, str(folder), "--lang", "es")
    assert code == 2
    assert [Path(one["file"]).name for one in objects] == ["note.txt", "right.xml", "wrong.xml"]
    assert [sorted(one["error"]) for one in objects if "error" in one] == [["code", "sentence"]] * 2


def test_a_file_that_is_not_there(tmp_path, capfdbinary):
    code, (one,) = told(capfdbinary, str(tmp_path / "none.xml"))
    assert (code, one["error"]["code"]) == (2, "no_file")


def test_findings_in_a_language_and_without(tmp_path, capfdbinary):
    path = tmp_path / "a.xml"
    path.write_bytes(write_ubl(documents.invoice()).replace(b">23.21<", b">24.21<"))
    _, (one,) = told(capfdbinary, str(path), "--lang", "pt-br")
    assert {"code", "severity", "message", "where"} == set(one["findings"][0])
    assert "corrija" in one["findings"][0]["message"]
    _, (one,) = told(capfdbinary, str(path), "--no-check")
    assert one["findings"] == []


def test_stdin_and_pretty(monkeypatch, capfdbinary):
    stdin = io.TextIOWrapper(io.BytesIO(write_ubl(documents.invoice())))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["-", "--pretty"]) == 0
    out = capfdbinary.readouterr().out
    assert out.startswith(b'{\n  "file": "-"')
    assert json.loads(out)["doc_number"] == "R-1"


@pytest.mark.parametrize(("kind", "start"), [("html", b"<!doctype html>"), ("pdf", b"%PDF")])
def test_a_document_is_shown(folder, capfdbinary, kind, start):
    assert main([str(folder / "right.xml"), "--render", kind]) == 0
    assert capfdbinary.readouterr().out.startswith(start)
    assert main([str(folder / "wrong.xml"), "--render", kind]) == 2
    assert main([str(folder), "--render", kind]) == 2


@pytest.mark.parametrize("arguments", [[], ["a", "--lang", "de"], ["a", "--limit", "0"], ["a", "--render", "doc"]])
def test_wrong_arguments_are_explained(arguments, capfd):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage:" in capfd.readouterr().err


def test_a_file_beyond_the_limit(tmp_path, capfdbinary):
    path = tmp_path / "large.xml"
    path.write_bytes(b"<a>" + b" " * 2**20 + b"</a>")
    code, (one,) = told(capfdbinary, str(path), "--limit", "1")
    assert (code, one["error"]["code"]) == (2, "too_large")


PROGRAM = """
import sys
from einvoice.cli import main
main(sys.argv[1:])
print({"django", "psycopg", "typst"} & set(sys.modules))
"""


def test_it_needs_neither_django_nor_a_database(folder):
    words = [sys.executable, "-c", PROGRAM, str(folder / "right.xml")]
    done = subprocess.run(words, capture_output=True, cwd=HERE, timeout=60)
    assert done.stdout.splitlines()[-1] == b"set()"
