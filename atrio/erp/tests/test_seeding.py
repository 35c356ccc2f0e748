"""A database as large as asked: what is in it, who can look at it, and that a second run changes nothing."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Sum
from django.test import Client

from atrio.core.actor import Actor
from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope
from atrio.ledger.models import Balance, LedgerEntry
from atrio.receivables.sales_invoices.models import SalesInvoice


def seed(*words: str) -> list[list[str]]:
    out = StringIO()
    call_command("bench", "seed", "--force", *words, stdout=out, stderr=StringIO())
    return [line.split("\t") for line in out.getvalue().splitlines()]


def counted(slug: str) -> tuple:
    portal = portal_by_slug(slug)
    assert portal
    with scope(Actor.system(portal)):
        lines = SalesInvoice.objects.filter(portal_id=portal.id).aggregate(n=Count("lines"))["n"]
        versions = list(SalesInvoice.objects.filter(portal_id=portal.id).order_by("pk").values_list("pk", "version"))
        owed = LedgerEntry.objects.filter(portal_id=portal.id).aggregate(open=Sum("open_amount"))["open"]
        kept = Balance.objects.filter(portal_id=portal.id).aggregate(open=Sum("open_total"))["open"]
    return len(versions), lines, owed, kept, versions


def test_so_many_documents_in_so_many_portals_and_the_second_run_changes_none(world):
    people = seed("--documents", "41", "--portals", "2")
    first, second = counted("bench-001"), counted("bench-002")
    assert (first[0], second[0]) == (21, 20)
    assert (first[1], second[1]) == (105, 100)
    assert first[2] == first[3] > Decimal(0)
    assert [what for what, *_rest in people] == ["staff", "customer", "supplier"]
    seed("--documents", "41", "--portals", "2")
    assert (counted("bench-001"), counted("bench-002")) == (first, second)


def test_those_it_tells_of_can_sign_in_and_see_their_pages(world):
    for what, email, password, address in seed("--documents", "12", "--open-items", "120"):
        client = Client(headers={"host": "localhost"})
        client.post("/accounts/login/", {"login": email, "password": password})
        slug = address.rstrip("/").rsplit("/", 1)[1]
        kind = "purchase_orders" if what == "supplier" else "sales_invoices"
        page = client.get(f"/{slug}/{kind}/")
        assert page.status_code == 200, (what, address)
        assert slug == "bench-ledger" or 'class="first"' in page.content.decode(), what
        if what == "customer":
            assert client.get(f"/{slug}/statement/").status_code == 200


@pytest.mark.parametrize("words", [("--portals", "0"), ("--documents", "1", "--portals", "2")])
def test_what_cannot_be_made_is_refused(words, world):
    with pytest.raises(CommandError):
        seed(*words)


def test_a_database_with_other_portals_is_left_alone(world):
    with pytest.raises(CommandError, match="other portals"):
        call_command("bench", "seed", "--documents", "1")
    assert portal_by_slug("bench-001") is None
