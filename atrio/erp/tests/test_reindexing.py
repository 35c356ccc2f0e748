"""Rows that lost their search words are found again, and nothing else of them changes."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from atrio.core.doctypes import document_type
from atrio.core.scope import scope
from atrio.erp import reindexing
from atrio.testing.world import make

KINDS = reindexing.searched()


def lose(world, kind, slug: str = "acme") -> None:
    """As actions once left them: saved again, without the words that had not been read."""
    with scope(world.system(slug)):
        kind.model._base_manager.all().update(search=[])


def finds(as_, kind, typed: str, who: str = "ana", slug: str = "acme") -> bool:
    return "FV-00077" in as_(who).get(f"/{slug}/{kind.name}/export.csv?q={typed}").getvalue().decode()


def said(*slugs: str) -> list[str]:
    out = StringIO()
    call_command("reindex", *slugs, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_was_lost_is_found_again(kind, world, as_):
    make(world, kind, "FV-00077")
    assert finds(as_, kind, "77")
    lose(world, kind)
    assert not finds(as_, kind, "77")
    said("acme")
    assert finds(as_, kind, "77") and finds(as_, kind, "fv00077") and not finds(as_, kind, "78")
    assert f"acme {kind.name}: " in "\n".join(said("acme"))
    assert all(line.endswith(" 0 written") for line in said("acme")), "what is right is only read"


def test_a_portal_at_a_time_or_all(world, as_):
    kind = document_type("sales_invoices")
    for slug in ("acme", "rival"):
        make(world, kind, "FV-00077", slug=slug)
        lose(world, kind, slug)
    said("acme")
    assert finds(as_, kind, "77") and not finds(as_, kind, "77", "rita", "rival")
    said()
    assert finds(as_, kind, "77", "rita", "rival")
    with pytest.raises(CommandError, match="no open portal"):
        said("nowhere")


def test_nothing_but_the_words_changes(world):
    kind = document_type("sales_invoices")
    doc = make(world, kind, "FV-00077")
    with scope(world.system()):
        before = kind.model.objects.values().get(pk=doc.pk)
    lose(world, kind)
    said("acme")
    with scope(world.system()):
        assert kind.model.objects.values().get(pk=doc.pk) == before


def test_killed_and_begun_again_it_goes_on(world, as_, monkeypatch):
    kind = document_type("sales_invoices")
    monkeypatch.setattr(reindexing, "PORTION", 2)
    for number in ("FV-1", "FV-2", "FV-3", "FV-00077"):
        make(world, kind, number)
    lose(world, kind)
    assert next(reindexing.reindex(world.portals.acme, kind)) == (2, 2, 0)
    assert list(reindexing.reindex(world.portals.acme, kind)) == [(2, 0, 0), (4, 2, 0)]
    assert finds(as_, kind, "77")


@pytest.mark.parametrize("times", [1, 99])
def test_what_somebody_changes_meanwhile_is_read_again(times, world, as_, monkeypatch):
    """Between reading and writing the row gets another number: its old words must not be written over the new ones."""
    kind, words, told = document_type("sales_invoices"), reindexing._words, []
    doc = make(world, kind, "FV-1")
    lose(world, kind)

    def slow(actor, of, row):
        found = words(actor, of, row)
        if len(told) < times:
            told.append(row.pk)
            kind.model._base_manager.filter(pk=doc.pk).update(number="FV-00077")
        return found

    monkeypatch.setattr(reindexing, "_words", slow)
    done = list(reindexing.reindex(world.portals.acme, kind))
    assert done == ([(1, 1, 0)] if times == 1 else [(1, 0, 1)])
    assert finds(as_, kind, "77") == (times == 1)
    if times > 1:
        with pytest.raises(CommandError, match="Run it again"):
            said("acme")


def test_words_of_an_id_that_only_the_portal_knows_are_not_written(world, as_):
    """It was made up when the document was written here: nobody types it, and a part of it would find by chance."""
    kind = document_type("supplier_invoices")
    make(world, kind, "FV-00077")
    with scope(world.system()):
        kind.model._base_manager.all().update(search=[], external_id="atrio-5f3a", fiscal_id="CUFE9")
    said("acme")
    assert finds(as_, kind, "cufe9") and not finds(as_, kind, "5f3a")
    with scope(world.system()):
        kind.model._base_manager.all().update(search=[], source_hash=b"x" * 16)
    said("acme")
    assert finds(as_, kind, "5f3a"), "what an ERP calls it is typed"
