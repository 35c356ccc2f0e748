"""Whatever is posted, reposted, withdrawn or loaded: entries, balances, statements and ageing say the same."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atrio.core.scope import scope
from atrio.ledger import accounts, actions
from atrio.ledger.accounts import Account, Period
from atrio.ledger.actions import Posting, key_of, post, prepare, rebalance, withdraw
from atrio.ledger.models import Balance, LedgerEntry
from atrio.partners.models import Partner

from .maker import make

TODAY = dt.date(2026, 6, 15)
ZERO = Decimal(0)
amounts = st.decimals(min_value="0.01", max_value="99999.99", places=2)
days = st.integers(min_value=-400, max_value=60).map(lambda n: TODAY + dt.timedelta(n))


@st.composite
def histories(draw):
    """Steps on a few documents of three partners, so that the same ones are posted, changed and withdrawn again."""
    document = st.integers(min_value=1, max_value=6)
    step = st.tuples(st.sampled_from(["post", "load", "withdraw", "part"]), document, st.integers(0, 2), amounts, days)
    return draw(st.lists(st.tuples(step, st.booleans(), st.sampled_from(["COP", "USD"])), min_size=1, max_size=14))


def _posting(document, partner_id, amount, day, increases, currency, part=ZERO):
    debit, credit = (amount, ZERO) if increases else (ZERO, amount)
    rest = amount - part if increases else -(amount - part)
    facts = {"side": "receivable", "number": f"D-{document}", "date": day, "due_date": day + dt.timedelta(30)}
    facts |= {"currency": currency, "debit": debit, "credit": credit, "open_amount": rest}
    return Posting("sales_invoices", document, f"D-{document}", partner_id, **facts)


def _load(actor, partner_id, posting):
    """What the loads engine does with one row: prepare it, write it by its identifier, then `after`."""
    row = {name: getattr(posting, name) for name in ("side", "date", "currency", "debit", "credit", "number")}
    row = prepare(
        row | {"external_id": f"E-{posting.number}", "document_type": "sales_invoices", "document": posting.number}
    )
    row["document_key"] = row.pop("document")
    entry, _fresh = LedgerEntry.objects.update_or_create(
        portal_id=actor.portal.id,
        external_id=row.pop("external_id"),
        defaults=row | {"partner_id": partner_id, "source_hash": b"0" * 16},
    )
    actions.after(actor, [entry.pk])


def _expected(portal_id):
    found = defaultdict(lambda: [ZERO, ZERO, ZERO, 0])
    for e in LedgerEntry.objects.filter(portal_id=portal_id):
        kept = found[e.partner_id, e.side, e.currency]
        kept[0] += e.debit - e.credit if e.side == "receivable" else e.credit - e.debit
        kept[1] += max(e.open_amount, ZERO)
        kept[2] += max(-e.open_amount, ZERO)
        kept[3] += 1
    return dict(found)


def _assert_ties(actor):
    kept = {
        (b.partner_id, b.side, b.currency): [b.balance, b.open_total, b.credit_total, b.entries]
        for b in Balance.objects.filter(portal_id=actor.portal.id)
    }
    assert kept == _expected(actor.portal.id)
    for (partner_id, side, currency), (balance, open_total, credit, _n) in kept.items():
        account = Account(partner_id, side, currency)
        *_earlier, last = accounts.lines(account, actor, Period(), ZERO)
        assert last.balance == balance
        (row,) = Balance.objects.filter(partner=partner_id, side=side, currency=currency).annotate(
            aged=accounts.aged(actor, TODAY)
        )
        aged = accounts.ageing_of(row.aged, TODAY)
        assert (aged.open_total, aged.credit) == (open_total, credit)
        middle = TODAY - dt.timedelta(100)
        early = accounts.sums(account, actor, Period(last=middle - dt.timedelta(1)))
        late = accounts.sums(account, actor, Period(first=middle))
        assert late.opening == early.closing
        assert late.closing == balance == early.closing + late.debits - late.credits
        later = [line.balance for line in accounts.lines(account, actor, Period(middle), late.opening)]
        assert len(later) == late.count
        assert [late.opening, *later][-1] == balance


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_balances_are_the_sums_of_entries(world, history):
    actor = world.system()
    partners = [world.partners.bodega.pk, world.partners.norte.pk, world.partners.mixta.pk]
    with scope(actor):
        LedgerEntry.objects.filter(portal_id=actor.portal.id).delete()
        rebalance(actor.portal.id)
        for (verb, document, who, amount, day), increases, currency in history:
            posting = _posting(document, partners[who], amount, day, increases, currency)
            if verb == "withdraw":
                withdraw(actor, "sales_invoices", [document])
            elif verb == "load":
                _load(actor, partners[who], posting)
            else:
                paid = (amount / 2).quantize(Decimal("0.01")) if verb == "part" else ZERO
                post(actor, [_posting(document, partners[who], amount, day, increases, currency, paid)])
            _assert_ties(actor)


def test_the_erps_entry_replaces_the_posted_one(world):
    """One document, one entry: the ERP's own stands, and later postings and withdrawals leave it alone."""
    actor, partner = world.system(), world.partners.bodega
    with scope(actor):
        posting = _posting(1, partner.pk, Decimal("119.00"), TODAY, True, "COP")
        assert post(actor, [posting]) == 1
        assert post(actor, [posting]) == 0
        _load(actor, partner.pk, _posting(1, partner.pk, Decimal("120.00"), TODAY, True, "COP"))
        entry = LedgerEntry.objects.get(portal_id=actor.portal.id, partner=partner)
        assert (entry.external_id, entry.debit) == ("sales_invoices:D-1", Decimal("120.00"))
        assert post(actor, [posting]) == 0
        assert withdraw(actor, "sales_invoices", [1]) == 0
        entry.refresh_from_db()
        assert (entry.debit, entry.document_id) == (Decimal("120.00"), 1)
        _assert_ties(actor)


def test_an_entry_that_moves_leaves_no_balance_behind(world):
    actor, one, other = world.system(), world.partners.bodega, world.partners.norte
    with scope(actor):
        posting = _posting(1, one.pk, Decimal("50.00"), TODAY, True, "COP")
        _load(actor, one.pk, posting)
        _load(actor, other.pk, posting)
        assert list(Balance.objects.filter(portal_id=actor.portal.id).values_list("partner", "balance")) == [
            (other.pk, Decimal("50.00"))
        ]


def test_a_portal_whose_erp_keeps_the_ledger_posts_nothing(world):
    from dataclasses import replace

    system = world.system()
    actor = replace(system, portal=replace(system.portal, settings={"ledger": "erp"}))
    with scope(actor):
        assert post(actor, [_posting(1, world.partners.bodega.pk, Decimal(5), TODAY, True, "COP")]) == 0
        assert not LedgerEntry.objects.filter(portal_id=actor.portal.id).exists()


@pytest.mark.parametrize(
    ("given_row", "expected"),
    [
        ({"side": "receivable", "debit": Decimal(7)}, (Decimal(7), ZERO, Decimal(7))),
        ({"side": "receivable", "credit": Decimal(7)}, (ZERO, Decimal(7), ZERO)),
        ({"side": "payable", "credit": Decimal(7)}, (ZERO, Decimal(7), Decimal(7))),
        ({"side": "receivable", "debit": Decimal(-7)}, (ZERO, Decimal(7), ZERO)),
        ({"side": "receivable", "debit": Decimal(10), "credit": Decimal(3)}, (Decimal(7), ZERO, Decimal(7))),
        ({"side": "receivable", "credit": Decimal(7), "open_amount": Decimal(-2)}, (ZERO, Decimal(7), Decimal(-2))),
    ],
)
def test_what_the_erp_leaves_out(given_row, expected):
    row = prepare({"date": TODAY} | given_row)
    assert (row["debit"], row["credit"], row["open_amount"]) == expected
    assert row["due_date"] == TODAY


def test_a_long_key_still_fits_and_stays_one():
    assert key_of("sales_invoices", "FV-1") == "sales_invoices:FV-1"
    long = key_of("supplier_invoices", "x" * 80)
    assert len(long) <= 80
    assert long == key_of("supplier_invoices", "x" * 80) != key_of("supplier_invoices", "x" * 79 + "y")


def test_partners_reach_their_own_accounts_only(world):
    """In the database too: raw reading in another partner's scope finds nothing."""
    with scope(world.system()):
        make(world, world.portals.acme, world.partners.bodega, "FV-1")
        rebalance(world.portals.acme.id)
        Partner.objects.filter(pk=world.partners.bodega.pk).update(phone="1")
    for who in ("mercado", "tornillos", "tienda", "rita"):
        with scope(world.actor(who)):
            assert not LedgerEntry.objects.filter(number="FV-1").exists()
            assert not Balance.objects.filter(partner=world.partners.bodega).exists()
    with scope(world.actor("norte")):  # related: the database would show the row, the rule does not
        assert not LedgerEntry.objects.visible_to(world.actor("norte")).exists()
        assert not Balance.objects.visible_to(world.actor("norte")).exists()
    with scope(world.actor("bodega")):
        assert Balance.objects.visible_to(world.actor("bodega")).get().balance == Decimal("119.00")
