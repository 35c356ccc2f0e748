"""Statements that are kept: the same for the same sight, and never anybody else's rows."""

from dataclasses import replace

import pytest
from django.db.models import Q
from django.http import QueryDict

from atrio.core import statements
from atrio.core.doctypes import document_types
from atrio.core.documentviews import document
from atrio.core.lists import ListQuery
from atrio.core.scope import scope
from atrio.core.visibility import both
from atrio.testing.world import make

everywhere = pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
PEOPLE = ("ana", "clara", "bodega", "norte", "tornillos", "mixta", "rita")


def asked(kind, actor, typed: str = "") -> ListQuery:
    """The list with every box ticked: whatever looks at the actor is asked."""
    ticked = "&".join(f"{one.name}=1" for one in kind.filters if one.kind == "check")
    return ListQuery(kind, actor, QueryDict(f"{ticked}&q={typed}"))


@everywhere
@pytest.mark.parametrize("who", PEOPLE)
def test_what_one_sees_depends_on_nothing_but_ones_sight(kind, who, world):
    actor = world.actor(who)
    if not kind.shown_to(actor):
        return
    other = replace(actor, name="Another", email="x@y.example", unread=9, theme="dark", places=3, origin="10.0.0.1")
    other = replace(other, as_of={kind.name: "2020-01-01T00:00:00+00:00"}, partner_name="Another", date_style="iso")
    assert actor.sight == other.sight
    with scope(actor):
        mine, theirs = (asked(kind, one).rows.query.sql_with_params() for one in (actor, other))
    assert mine == theirs


@everywhere
def test_people_who_ask_one_after_the_other_get_their_own_rows(kind, world):
    statements._kept.clear()
    for n, partner in enumerate(("bodega", "mercado", "tornillos", "aceros")):
        make(world, kind, f"K{n}", who=partner)
    for who in PEOPLE * 2:
        actor = world.actor(who)
        if not kind.shown_to(actor):
            continue
        with scope(actor):
            listed = ListQuery(kind, actor, QueryDict())
            rows, tally = listed.page().rows, listed.tally()
            expected = {row[0] for row in listed.rows.values_list("pk")}
        assert {row[0] for row in rows} == expected, who
        assert tally["count"] == len(expected), who


@everywhere
def test_words_are_found_by_looking_and_by_the_index_alike(kind, world, monkeypatch):
    if not (kind.search.numbers or kind.search.texts):
        return
    for n in range(4):
        make(world, kind, f"SAME-{n}")
    actor = world.actor("ana")
    found = {}
    for window in (0, 250):
        monkeypatch.setattr(ListQuery, "window", window)
        with scope(actor):
            listed = ListQuery(kind, actor, QueryDict("q=same"))
            listed.size = 2
            found[window] = listed.page().rows, listed.tally()
            assert listed.dense is bool(window)
    assert found[0] == found[250]
    assert len(found[0][0]) == 2
    assert found[0][1]["count"] == 4


@everywhere
def test_a_document_read_by_a_kept_statement_is_the_one_that_the_models_read(kind, world, rf):
    first, second = (make(world, kind, f"D{n}") for n in range(2))
    actor = world.actor("ana")
    request = rf.get("/")
    request.actor = actor
    with scope(actor):
        for doc in (first, second):
            read = document(request, kind, doc.pk)
            known = kind.model.objects.select_related(*kind.joined).get(pk=doc.pk)
            fields = [field.attname for field in kind.model._meta.concrete_fields]
            assert [getattr(read, name) for name in fields] == [getattr(known, name) for name in fields]
            assert all(getattr(read, name) == getattr(known, name) for name in kind.joined)


def test_what_can_find_nothing_asks_nothing(world):
    kind = document_types()["sales_invoices"]
    actor = world.actor("ana")
    with scope(actor):
        listed = ListQuery(kind, actor, QueryDict("q=...."))
        assert listed.page().rows == []
        assert listed.tally()["count"] == 0


MINE, THEIRS, ALL = Q(partner_id__in=(1,)), Q(account_partner_id__in=(1,)) & ~Q(partner_id__in=(1,)), Q()


@pytest.mark.parametrize(
    ("rule", "within", "expected"),
    [
        (MINE | THEIRS, MINE, MINE),
        (MINE | THEIRS, MINE | THEIRS, MINE | THEIRS),
        (MINE, THEIRS, MINE & THEIRS),
        (MINE, MINE, MINE),
        (MINE & THEIRS, MINE, MINE & THEIRS & MINE),
        (~(MINE | THEIRS), MINE, ~(MINE | THEIRS) & MINE),
        (ALL, MINE, MINE),
    ],
)
def test_of_two_rules_only_what_narrows_is_asked(rule, within, expected):
    assert both(rule, within) == expected
