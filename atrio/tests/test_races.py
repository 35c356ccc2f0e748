"""Two people at once, each with a connection of its own: of every two actions that a state allows, one wins."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, count

import pytest
from django.test import Client

from atrio.core.actions import SAME, Action
from atrio.core.actor import Actor, Audience
from atrio.core.doctypes import DocumentType, document_types
from atrio.core.models import Event, Notification
from atrio.core.scope import scope
from atrio.ledger.actions import rebalance
from atrio.ledger.models import Balance
from atrio.people.companies import TYPED
from atrio.testing import jobs
from atrio.testing.forms import Page
from atrio.testing.race import Arena, arena
from atrio.testing.sudo import sudo
from atrio.testing.world import World, known, make, owner_of, states_of

NUMBERS = count()


@dataclass(frozen=True)
class Duel:
    kind: DocumentType
    state: str
    sides: tuple[Action, Action]

    def __str__(self) -> str:
        return "-".join((self.kind.name, self.state, *dict.fromkeys(side.name for side in self.sides)))

    @property
    def excluding(self) -> bool:
        """Whether the state alone refuses the second, even to somebody who names no version."""
        first, second = self.sides
        return all(
            SAME not in mine.targets and not set(mine.targets) & theirs.sources
            for mine, theirs in ((first, second), (second, first))
        )


def duels() -> Iterator[Duel]:
    """Every action against itself and against each rival, from every state in which both are possible."""
    for kind in document_types().values():
        for state in states_of(kind):
            possible = [action for action in kind.actions if state in action.sources]
            yield from (Duel(kind, state, sides) for sides in combinations_with_replacement(possible, 2))


@dataclass
class Ring:
    arena: Arena
    world: World
    browsers: dict[str, Client]

    @property
    def actor(self) -> Actor:
        return self.world.system()


@pytest.fixture(scope="module")
def ring(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_races_{os.getpid()}") as found:
        yield Ring(found, found.do(known), {})


def browser(ring: Ring, kind: DocumentType, action: Action) -> Client:
    """Somebody who may do it, in a browser of its own."""
    who = "ana" if Audience.STAFF in action.by else owner_of(kind)
    if who not in ring.browsers:
        ring.browsers[who] = Client()
        ring.browsers[who].force_login(ring.world.people[who])
        sudo(ring.browsers[who])
    found = Client()
    found.cookies = ring.browsers[who].cookies.copy()
    return found


def prepared(ring: Ring, duel: Duel, number: str):
    """A document in the state of the duel, and for each side somebody with the form filled in."""
    make(ring.world, duel.kind, number, state=duel.state)
    with scope(ring.actor):
        doc = duel.kind.model.objects.get(number=number)
    return doc, [opened(ring, duel, doc, action) for action in duel.sides]


def opened(ring: Ring, duel: Duel, doc, action: Action) -> tuple[Client, str, dict]:
    """The action's form as its page shows it, filled in."""
    edits = duel.kind.editor and duel.kind.editor.update is action
    url = f"/acme/{duel.kind.name}/{doc.pk}/{'edit' if edits else action.name}/"
    client = browser(ring, duel.kind, action)
    page = client.get(url)
    assert page.status_code == 200, f"{action.name} is not possible for a document that tests make {duel.state}"
    form = Page(page).form(url)
    assert form, f"{url} has no form"
    data = form.filled
    data |= {name: [ring.world.partners.tornillos.code] for name in data if name.endswith(TYPED)}
    if duel.excluding:
        data.pop("version")
    return client, url, data


@pytest.mark.parametrize("duel", duels(), ids=str)
def test_of_two_at_once_one_wins(duel, ring):
    doc, sent = ring.arena.do(lambda: prepared(ring, duel, f"R-{next(NUMBERS)}"))

    def lock() -> None:
        with scope(ring.actor):
            duel.kind.model.objects.select_for_update(of=("self",)).get(pk=doc.pk)

    def poster(client: Client, url: str, data: dict):
        return lambda: client.post(url, data)

    answers = ring.arena.collide(lock, *(poster(*one) for one in sent))
    said = [(answer.status_code, Page(answer).alerts) for answer in answers]
    assert sorted(status for status, _words in said) == [303, 409], said
    won = next(side for side, answer in zip(duel.sides, answers, strict=True) if answer.status_code == 303)
    lost = Page(next(answer for answer in answers if answer.status_code == 409))
    assert any(alert.strip() for alert in lost.alerts) or "errorpage" in lost.source, "refused in words"
    ring.arena.do(lambda: check(ring, duel, doc, won))


def concerned(ring: Ring, kind: DocumentType, won: Action, doc) -> list[str]:
    """Those whom the action tells, and who still see the document after it."""
    people = {who: ring.world.actor(who) for who in ("ana", owner_of(kind))}
    told = [who for who, actor in people.items() if actor.audiences & set(kind.notifies.get(won.name, ()))]
    return [who for who in told if kind.model.objects.visible_to(people[who]).filter(pk=doc.pk).exists()]


def check(ring: Ring, duel: Duel, doc, won: Action) -> None:
    """The winner's change happened once, was told once, and the accounts still add up."""
    jobs.run_all()
    with scope(ring.actor):
        now = duel.kind.model.objects.get(pk=doc.pk)
        assert now.version == doc.version + 1
        assert now.state in won.targets or (SAME in won.targets and now.state == duel.state)
        about = {"doctype": duel.kind.name, "document_id": doc.pk}
        events = Event.objects.filter(**about, kind__in=[action.name for action in duel.kind.actions])
        assert [event.kind for event in events] == [won.name]
        told = list(Notification.objects.filter(**about, event__kind=won.name).values_list("user_id", flat=True))
        assert len(told) == len(set(told))
        assert bool(told) == bool(concerned(ring, duel.kind, won, doc)), "whoever is concerned and sees it is told"
        before = list(Balance.objects.order_by("pk").values())
        rebalance(ring.actor.portal.id)
        assert list(Balance.objects.order_by("pk").values()) == before, "the kept balances are what the entries say"
