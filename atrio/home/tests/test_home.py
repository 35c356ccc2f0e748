"""Home pages: every number is the list behind it, and nothing of anybody else's is in it."""

import datetime as dt
import re
from decimal import Decimal
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from atrio.core.doctypes import document_type
from atrio.core.scope import scope
from atrio.ledger.models import Balance
from atrio.partners.models import Partner
from atrio.people.models import User
from atrio.testing.counting import counted
from atrio.testing.world import make

TODAY = dt.datetime.now(ZoneInfo("America/Bogota")).date()  # as acme's people see it
TILE = re.compile(
    r'<a class="tile(?P<tone>[^"]*)" href="(?P<url>[^"]*)">.*?'
    r'<span class="name">(?:<svg.*?</svg>)?(?P<label>[^<]*)</span>'
    r'\s*<span class="value">(?P<value>[^<]*)</span>(?:\s*<span class="hint">(?P<hint>[^<]*)</span>)?',
    re.DOTALL,
)


def days(n: int) -> str:
    return (TODAY + dt.timedelta(days=n)).isoformat()


def tiles(response) -> dict[str, list[dict]]:
    assert response.status_code == 200
    found: dict[str, list[dict]] = {}
    for match in TILE.finditer(response.content.decode()):
        one = {k: unescape(v or "").replace("\xa0", " ") for k, v in match.groupdict().items()}
        found.setdefault(one["label"], []).append(one)
    return found


def order(world, number, state="sent", **facts):
    return make(world, document_type("purchase_orders"), number, state=state, **facts)


def invoice(world, number, state="sent", **facts):
    return make(world, document_type("supplier_invoices"), number, state=state, **facts)


def sale(world, number, state="open", **facts):
    return make(world, document_type("sales_invoices"), number, state=state, **facts)


def entry(world, number, **facts):
    return make(world, document_type("ledger"), number, **facts)


def balance(world, who, amount):
    with scope(world.system()):
        Balance.objects.update_or_create(
            portal_id=world.portals.acme.id,
            partner=getattr(world.partners, who),
            side="receivable",
            currency="COP",
            defaults={"balance": Decimal(amount), "last_date": TODAY},
        )


def test_a_buyer_sees_what_waits_and_each_tile_leads_to_its_list(world, as_):
    for n in range(3):
        order(world, f"OC-{n}")
    order(world, "OC-9", state="change_proposed", who="aceros")
    order(world, "OC-10", state="closed")
    ana = as_("ana")
    found = tiles(ana.get("/acme/?tab=purchasing"))
    (waiting,), (proposed,) = found["Waiting for confirmation"], found["Changes proposed"]
    assert (waiting["value"], proposed["value"]) == ("3", "1")
    assert "3 found" in ana.get(waiting["url"]).content.decode()
    assert "1 found" in ana.get(proposed["url"]).content.decode()


def test_payables_by_currency_with_what_is_overdue_of_them(world, as_):
    entry(world, "P-1", who="tornillos", amount="300.00", due_date=days(10))
    entry(world, "P-2", who="aceros", amount="100.00", due_date=days(-1))
    entry(world, "P-3", who="aceros", amount="50.00", due_date=days(-40), currency="USD")
    entry(world, "R-1", who="bodega", amount="7777.00", due_date=days(-5))
    entry(world, "P-X", slug="rival", who="clavos", amount="9999.00")
    ana = as_("ana")
    found = tiles(ana.get("/acme/?tab=payables"))
    assert [t["value"] for t in found["Payables outstanding"]] == ["COP 400,00", "USD 50,00"]
    assert [(t["value"], t["hint"]) for t in found["Overdue"]] == [
        ("COP 100,00", "25 % of the total"),
        ("USD 50,00", "100 % of the total"),
    ]
    behind = ana.get(found["Overdue"][0]["url"]).content.decode()
    assert "P-2" in behind and "P-3" in behind and "P-1" not in behind and "R-1" not in behind


def test_receivables_and_their_ages(world, as_):
    for n, (due, amount) in enumerate([(5, "100"), (0, "10"), (-1, "20"), (-31, "30"), (-61, "40"), (-91, "50")]):
        entry(world, f"R-{n}", who="bodega", amount=amount, due_date=days(due))
    response = as_("ana").get("/acme/?tab=receivables")
    found = tiles(response)
    assert found["Receivables"][0]["value"] == "COP 250,00"
    assert found["In arrears"][0]["value"] == "COP 140,00"
    assert "56" in found["In arrears"][0]["hint"]
    table = re.search(r"Receivables by age.*?<tbody>(.*?)</tbody>", response.content.decode(), re.DOTALL)[1]
    assert re.findall(r'<td class="num">([^<]*)</td>', table) == ["110,00", "20,00", "30,00", "40,00", "50,00"]


def test_invoices_to_decide_are_counted_by_state(world, as_):
    for n, state in enumerate(["sent", "matching", "matching", "approved", "draft"]):
        invoice(world, f"F-{n}", state)
    found = tiles(as_("bruno").get("/acme/?tab=payables"))
    assert found["Invoices to decide"][0]["value"] == "3"


def test_a_customer_sees_its_own_account(world, as_):
    with scope(world.system()):
        Partner.objects.filter(pk=world.partners.bodega.pk).update(credit_limit=Decimal("1000"))
    sale(world, "FV-1", total="119.00")
    sale(world, "FV-2", state="paid")
    sale(world, "FV-OTHER", who="mercado")
    entry(world, "R-1", who="bodega", amount="119.00", due_date=days(-3))
    entry(world, "R-2", who="bodega", amount="181.00", due_date=days(3))
    entry(world, "R-3", who="mercado", amount="5000.00", due_date=days(-3))
    balance(world, "bodega", "300")
    balance(world, "mercado", "5000")
    response = as_("bodega").get("/acme/")
    found = tiles(response)
    assert found["Balance"][0]["value"] == "COP 300,00"
    assert found["Overdue"][0]["value"] == "COP 119,00"
    assert found["Credit available"][0]["value"] == "COP 700,00"
    assert found["Open invoices"][0]["value"] == "1"
    text = response.content.decode()
    assert "FV-1" in text and "FV-OTHER" not in text and "5.000" not in text


def test_without_a_credit_limit_nothing_is_said_about_credit(world, as_):
    entry(world, "R-1", who="mercado")
    assert "Credit available" not in tiles(as_("mercado").get("/acme/"))


def test_a_supplier_sees_what_waits_for_it(world, as_):
    order(world, "OC-1")
    order(world, "OC-2", who="aceros")
    confirmed = order(world, "OC-3", state="confirmed")
    done = order(world, "OC-4", state="received")
    with scope(world.system()):
        for line in done.lines.all():
            line.invoiced_quantity = line.quantity
            line.save()
    invoice(world, "F-1", "to_revise", order=confirmed)
    invoice(world, "F-2", "approved", order=confirmed)
    make(world, document_type("supplier_payments"), "PG-1", state="planned")
    make(world, document_type("supplier_payments"), "PG-2", state="paid")
    response = as_("tornillos").get("/acme/")
    found = tiles(response)
    values = {label: one[0]["value"] for label, one in found.items()}
    assert values == {
        "Orders to confirm": "1",
        "Orders to invoice": "1",
        "Invoices to revise": "1",
        "Approved, to be paid": "1",
        "Next payments": "1",
    }
    assert "OC-1" in response.content.decode() and "OC-2" not in response.content.decode()


def test_a_partner_that_is_both_has_a_tab_for_each_side(world, as_):
    entry(world, "R-1", who="mixta", amount="100.00", side="receivable", due_date=days(-2))
    entry(world, "P-1", who="mixta", amount="900.00", side="payable", due_date=days(-2))
    mixta = as_("mixta")
    balance(world, "mixta", "100")
    found = tiles(mixta.get("/acme/"))
    assert (found["Balance"][0]["value"], found["Overdue"][0]["value"]) == ("COP 100,00", "COP 100,00")
    assert "Orders to confirm" in tiles(mixta.get("/acme/?tab=supplier"))


def test_tabs_follow_permissions(world, as_):
    text = as_("ana").get("/acme/").content.decode()
    assert all(f'href="/acme/?tab={name}"' in text for name in ("purchasing", "payables", "receivables"))
    nothing = as_("nadie").get("/acme/")
    assert nothing.status_code == 200
    assert "You have no permission here yet" in nothing.content.decode()
    assert not tiles(nothing)


def test_sales_by_month_end_with_the_newest_data(world, as_):
    sale(world, "FV-1", issue_date="2016-05-03", total="119.00")
    sale(world, "FV-2", issue_date="2016-05-30", total="119.00")
    note = sale(world, "NC-1", issue_date="2016-05-30", total="19.00")
    with scope(world.system()):
        type(note).objects.filter(pk=note.pk).update(kind="credit_note")
    sale(world, "FV-3", issue_date="2015-05-30", total="100.00")
    text = as_("ana").get("/acme/?tab=receivables").content.decode()
    table = re.search(r"Sales by month.*?<tbody>(.*?)</tbody>", text, re.DOTALL)[1]
    amounts = re.findall(r'<td class="num">([^<]*)</td>', table)
    assert amounts == ["0,00"] * 11 + ["219,00"]


@pytest.mark.parametrize(
    ("who", "url"),
    [
        ("ana", "/acme/?tab=purchasing"),
        ("ana", "/acme/?tab=payables"),
        ("ana", "/acme/?tab=receivables"),
        ("bodega", "/acme/"),
        ("tornillos", "/acme/"),
    ],
)
def test_a_home_page_costs_five_queries_whatever_the_rows(who, url, world, as_):
    client = as_(who)
    counts = []
    for batch in (1, 2, 12):
        for n in range(batch):
            confirmed = order(world, f"OC-{batch}-{n}")
            invoice(world, f"F-{batch}-{n}", order=confirmed)
            sale(world, f"FV-{batch}-{n}")
            entry(world, f"L-{batch}-{n}", who="bodega", due_date=days(-n))
        with counted() as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert set(counts) == {counts[0]}, counts
    assert counts[0] <= 5, queries


def test_amounts_are_written_as_the_person_reads(world, as_):
    balance(world, "bodega", "1234.50")
    User.objects.filter(pk=world.people["bodega"].pk).update(locale="en_US")
    assert tiles(as_("bodega").get("/acme/"))["Balance"][0]["value"] == "COP 1,234.50"


@pytest.mark.parametrize("query", ["tab=nothing", "tab=%00", "tab=payables&tab=x", "tab=" + "x" * 5000])
def test_a_tampered_tab_is_the_first_one(query, world, as_):
    assert as_("ana").get(f"/acme/?{query}").status_code == 200


def test_a_long_amount_is_rounded_in_the_tile_and_said_in_full_beneath(world, as_):
    entry(world, "P-1", who="tornillos", amount="1284990332.10", due_date=days(-1))
    entry(world, "P-2", who="tornillos", amount="18783000.00", due_date=days(9))
    found = tiles(as_("ana").get("/acme/?tab=payables"))
    assert found["Payables outstanding"][0]["value"] == "COP 1303,8 M"
    assert found["Payables outstanding"][0]["hint"] == "COP 1.303.773.332,10"
    assert found["Overdue"][0]["hint"] == "COP 1.284.990.332,10 · 98,6 % of the total"


def test_a_credit_in_favour_hides_no_debt(world, as_):
    entry(world, "P-1", who="tornillos", amount="100.00", due_date=days(-1))
    entry(world, "P-2", who="tornillos", amount="70.00", open_amount=Decimal("-70"), due_date=days(-1))
    assert tiles(as_("ana").get("/acme/?tab=payables"))["Overdue"][0]["value"] == "COP 100,00"


def test_what_was_cancelled_was_not_sold(world, as_):
    sale(world, "FV-1", total="119.00")
    sale(world, "FV-2", total="500.00", state="cancelled")
    text = as_("ana").get("/acme/?tab=receivables").content.decode()
    assert "119,00" in re.search(r"Sales by month.*?</table>", text, re.DOTALL)[0]
    assert "619,00" not in text
