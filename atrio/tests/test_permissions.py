"""Who sees which columns and may do what in which state: on record in permissions.txt.

On purpose? `ATRIO_RENEW=1 pytest atrio/tests/test_permissions.py`, and let the reviewer read the diff."""

import os
from itertools import count
from pathlib import Path

import pytest
from django.http import QueryDict

from atrio.core.doctypes import document_types
from atrio.core.lists import ListQuery
from atrio.testing.world import make, owner_of, states_of

RECORD = Path(__file__).with_name("permissions.txt")
PEOPLE = ("ana", "bruno", "clara", "nadie", "tornillos", "aceros", "bodega", "norte", "mixta", "rita")


def columns(world):
    for kind in document_types().values():
        for who in PEOPLE:
            actor = world.actor(who)
            if kind.shown_to(actor):
                shown = " ".join(c.name for c in ListQuery(kind, actor, QueryDict()).available)
                yield f"{kind.name:18} columns {who}: {shown}"


def answers(world, as_):
    """For each state and verb: what the address answers to each person, asked by GET (which changes nothing)."""
    browsers = {who: as_(who) for who in PEOPLE}
    numbers = count()
    for kind in document_types().values():
        for state in states_of(kind):
            doc = make(world, kind, f"M-{next(numbers)}", state=state)
            for verb in ("view", *(a.name for a in kind.actions)):
                rest = "" if verb == "view" else f"{'edit' if _edits(kind, verb) else verb}/"
                given = " ".join(
                    f"{who}={browsers[who].get(f'/acme/{kind.name}/{doc.pk}/{rest}').status_code}" for who in PEOPLE
                )
                yield f"{kind.name:18} {state or '-':16} {verb:22} {given}"
        if kind.editor:
            yield f"{kind.name:18} new: {' '.join(who for who in PEOPLE if kind.editor.permitted(world.actor(who)))}"


def _edits(kind, verb: str) -> bool:
    return bool(kind.editor and kind.editor.update and kind.editor.update.name == verb)


def test_rights_are_the_ones_on_record(world, as_):
    seen = "\n".join([*columns(world), *answers(world, as_)]) + "\n"
    if os.environ.get("ATRIO_RENEW") == "1":
        RECORD.write_text(seen)
    assert RECORD.exists(), "no record yet: run with ATRIO_RENEW=1"
    assert seen.splitlines() == RECORD.read_text().splitlines()


@pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
def test_without_permissions_there_is_nothing(kind, world, as_):
    make(world, kind, "N-1")
    assert as_("nadie").get(f"/acme/{kind.name}/").status_code == 404


@pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
def test_a_refused_action_changes_nothing(kind, world, as_):
    """Clara may look at everything and do nothing: every verb answers 403 and leaves the document as it was."""
    clara = as_("clara")
    for action in kind.actions:
        for state in sorted(action.sources):
            doc = make(world, kind, f"X-{action.name}-{state}", state=state, who=owner_of(kind))
            asked = clara.post(
                f"/acme/{kind.name}/{doc.pk}/{'edit' if _edits(kind, action.name) else action.name}/", {}
            )
            assert asked.status_code in (403, 404), f"{action.name} in {state}"
            from atrio.core.scope import scope

            with scope(world.system()):
                again = kind.model.objects.get(pk=doc.pk)
                assert (again.state, again.version) == (state, doc.version)
