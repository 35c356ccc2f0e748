"""`atrio load`: a summary for programs, progress for people, an exit code for scripts."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from atrio.catalog.models import Product
from atrio.core.scope import scope

GOOD = "external_id,code,name,price\nP1,T-1,Tornillo,10.50\nP2,T-2,Tuerca,3\n"


@pytest.fixture
def load(world, tmp_path):
    def load(text, *options, kind="products", portal="acme"):
        main = tmp_path / "main.csv"
        main.write_text(text, encoding="utf-8")
        out, err = StringIO(), StringIO()
        code = 0
        try:
            call_command("load", str(main), "--portal", portal, "--type", kind, *options, stdout=out, stderr=err)
        except SystemExit as exit_:
            code = exit_.code
        return code, json.loads(out.getvalue()), err.getvalue()

    return load


def test_a_program_reads_what_became_of_it(load):
    code, summary, progress = load(GOOD)
    assert code == 0
    wanted = {"read": 2, "created": 2, "updated": 0, "unchanged": 0, "rejected": 0, "errors_file": None}
    assert {name: summary[name] for name in wanted} == wanted
    assert "2 read" in progress
    assert load(GOOD)[1]["unchanged"] == 2


def test_bad_rows_fail_the_load_and_are_written_down(load, tmp_path, world):
    errors = tmp_path / "bad.csv"
    code, summary, _progress = load(GOOD.replace("10.50", "much"), "--errors", str(errors))
    assert (code, summary["rejected"], summary["created"], summary["state"]) == (1, 1, 0, "failed")
    assert summary["errors_file"] == str(errors)
    assert "much" in errors.read_text(encoding="utf-8-sig")
    with scope(world.system()):
        assert not Product.objects.exists()
    code, summary, _progress = load(GOOD.replace("10.50", "much"), "--skip-bad")
    assert (code, summary["rejected"], summary["created"]) == (0, 1, 1)


def test_a_dry_run_changes_nothing(load, world):
    code, summary, _progress = load(GOOD, "--dry-run")
    assert (code, summary["created"], summary["dry_run"]) == (0, 2, True)
    with scope(world.system()):
        assert not Product.objects.exists()


def test_mistakes_are_told_in_words(load, tmp_path):
    with pytest.raises(CommandError, match="There is no portal"):
        load(GOOD, portal="nowhere")
    with pytest.raises(CommandError, match="invalid choice"):
        load(GOOD, kind="cats")
    mapping = tmp_path / "m.toml"
    mapping.write_text("[colums]", encoding="utf-8")
    with pytest.raises(CommandError, match="colums"):
        load(GOOD, "--mapping", str(mapping))
    code, summary, _progress = load("a,b\n1,2\n")
    assert code == 1 and "external_id" in summary["problem"]
