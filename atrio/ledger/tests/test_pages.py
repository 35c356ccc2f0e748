"""Stories of accounts over HTTP: customer, supplier and staff read the same figures, and nobody else's."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from atrio.core.formats import formats_of
from atrio.core.lists import encode_cursor
from atrio.core.scope import scope
from atrio.ledger.accounts import Line, said
from atrio.ledger.actions import rebalance
from atrio.ledger.menu import menu_items
from atrio.ledger.models import Balance, LedgerEntry

from .maker import make


def _day(back: int) -> dt.date:
    return dt.date.today() - dt.timedelta(back)


@pytest.fixture
def accounts(world):
    """Bodega: 100 long overdue, 200 not due, 50 paid of an older 50; Tornillos: we owe 80; others: something else."""
    acme, of = world.portals.acme, world.partners
    with scope(world.system()):
        make(world, acme, of.bodega, "FV-100", amount="100.00", date=_day(140), due_date=_day(110))
        make(world, acme, of.bodega, "FV-050", amount="50.00", date=_day(130), due_date=_day(100), open_amount=0)
        paid = {"debit": 0, "credit": Decimal(50), "open_amount": 0, "description": "=HYPERLINK(1)"}
        entry = make(world, acme, of.bodega, "RC-1", amount="1.00", date=_day(90), due_date=_day(90))
        LedgerEntry.objects.filter(pk=entry.pk).update(**paid)
        make(world, acme, of.bodega, "FV-200", amount="200.00", date=_day(5), due_date=_day(-25))
        make(world, acme, of.bodega, "USD-1", amount="10.00", date=_day(5), due_date=_day(-25), currency="USD")
        make(world, acme, of.tornillos, "FP-80", amount="80.00", date=_day(40), due_date=_day(10))
        make(world, acme, of.mercado, "FV-777", amount="777.00")
        make(world, acme, of.mixta, "FV-M", amount="30.00")
        make(world, acme, of.mixta, "FP-M", amount="40.00", side="payable")
        rebalance(acme.id)
    with scope(world.system("rival")):
        make(world, world.portals.rival, world.partners.tienda, "FV-999", amount="999.00")
        rebalance(world.portals.rival.id)
    return world


def _text(response) -> str:
    return response.content.decode().replace("\u00a0", " ")


def test_a_customer_reads_its_account(accounts, as_):
    page = _text(as_("bodega").get("/acme/statement/?date_from=&date_to="))
    for shown in ("FV-100", "FV-200", "RC-1", "COP 300,00", "COP 100,00", "USD"):
        assert shown in page
    for hidden in ("FV-777", "FP-80", "FV-999", "USD-1"):
        assert hidden not in page
    opened = _text(as_("bodega").get("/acme/statement/?tab=open"))
    assert "FV-100" in opened and "FV-200" in opened and "FV-050" not in opened and "RC-1" not in opened
    settled = _text(as_("bodega").get("/acme/statement/?tab=settled&date_from=&date_to="))
    assert "FV-050" in settled and "RC-1" in settled and "FV-100" not in settled
    dollars = _text(as_("bodega").get("/acme/statement/?currency=USD"))
    assert "USD-1" in dollars and "FV-100" not in dollars


def test_the_opening_balance_carries_what_was_before(accounts, as_):
    page = _text(as_("bodega").get(f"/acme/statement/?date_from={_day(100)}&date_to={_day(10)}"))
    assert "RC-1" in page and "FV-100" not in page and "FV-200" not in page
    row = page[page.index('class="sum"') :]
    assert "150,00" in row[: row.index("</tr>")]
    foot = page[page.index("<tfoot>") :]
    assert "100,00" in foot[: foot.index("</tfoot>")]


def test_without_dates_the_last_months_are_shown(accounts, as_):
    page = _text(as_("bodega").get("/acme/statement/"))
    assert "FV-200" in page and "FV-100" not in page


def test_a_supplier_reads_what_it_is_owed(accounts, as_):
    page = _text(as_("tornillos").get("/acme/statement/"))
    assert "FP-80" in page and "COP 80,00" in page
    assert as_("tornillos").get("/acme/statement/?side=receivable").status_code == 404


def test_who_is_both_has_two_accounts(accounts, as_):
    page = _text(as_("mixta").get("/acme/statement/?date_from=&date_to="))
    assert "FV-M" in page and "FP-M" not in page
    page = _text(as_("mixta").get("/acme/statement/?side=payable&date_from=&date_to="))
    assert "FP-M" in page and "FV-M" not in page


def test_staff_read_any_account_of_their_portal(accounts, as_):
    bodega, tienda = accounts.partners.bodega.pk, accounts.partners.tienda.pk
    assert "FV-100" in _text(as_("ana").get(f"/acme/statement/?partner={bodega}&date_from=&date_to="))
    assert as_("ana").get("/acme/statement/")["Location"] == "/acme/balances/"
    for asked in (tienda, "0", "x", "", "9" * 30, "1 or 1=1"):
        assert as_("ana").get("/acme/statement/", {"partner": asked}).status_code == 404
    assert as_("rita").get(f"/rival/statement/?partner={bodega}").status_code == 404


@pytest.mark.parametrize("url", ["/acme/statement/", "/acme/statement/pdf/", "/acme/statement/export.xlsx"])
def test_nobody_reads_the_account_of_another(accounts, as_, client, url):
    bodega = accounts.partners.bodega.pk
    for who in ("norte", "tornillos", "bodega"):
        assert as_(who).get(f"{url}?partner={bodega}").status_code == 404
    for who in ("nadie", "rita", "tienda"):
        assert as_(who).get(f"{url}?partner={bodega}").status_code == 404
    assert client.get(url).status_code == 302
    assert as_("bodega").post(url).status_code == 405
    norte = as_("norte").get("/acme/statement/?date_from=&date_to=")
    assert norte.status_code == 200 and "FV-100" not in _text(norte)


@pytest.mark.parametrize(
    "dates", ["date_from=2026-05-02&date_to=2026-05-01", "date_from=hoy", "date_to=2026-13-01", "date_from=%00"]
)
def test_bad_dates_are_said_beside_the_field(accounts, as_, dates):
    for url in ("/acme/statement/", "/acme/statement/pdf/", "/acme/statement/export.xlsx"):
        answer = as_("bodega").get(f"{url}?{dates}")
        assert answer.status_code == 422
        assert 'role="alert"' in _text(answer) and "FV-200" not in _text(answer)
    assert as_("ana").get(f"/acme/balances/?{dates}").status_code == 422


@pytest.mark.parametrize("asked", ["side=x", "currency=ZZZ", "currency=%00", "side=payable"])
def test_an_account_that_is_not_there_is_not_found(accounts, as_, asked):
    assert as_("bodega").get(f"/acme/statement/?{asked}").status_code == 404


@pytest.mark.parametrize(
    "at", ["x", "W10", encode_cursor(("1", 2), False), encode_cursor((dt.date(2026, 1, 1), 10**30), True)]
)
def test_a_place_that_was_tampered_with_breaks_nothing(accounts, as_, at):
    assert as_("bodega").get(f"/acme/statement/?at={at}").status_code == 200


def test_paper_and_sheet_say_the_same(accounts, as_, world):
    """Every currency of the side, closing on the balance that is kept."""
    kept = dict(_kept(world, "bodega"))
    dates = f"date_from={_day(100)}&date_to="
    printed = PdfReader(io.BytesIO(as_("bodega").get(f"/acme/statement/pdf/?{dates}").content))
    text = " ".join(page.extract_text() for page in printed.pages).replace("\u00a0", " ")
    sheet = _sheet(as_("bodega").get(f"/acme/statement/export.xlsx?{dates}"))
    formats = formats_of(world.actor("bodega"))
    for currency, balance in kept.items():
        rows = [row for row in sheet[1:] if row[0] == currency]
        opening, *moved, closing = rows
        assert Decimal(str(closing[7])) == balance
        assert opening[7] + sum(row[5] or 0 for row in moved) - sum(row[6] or 0 for row in moved) == closing[7]
        assert formats.amount(balance, currency) in text
        for row in moved:
            assert row[2] in text
    assert "FV-100" not in text and "FV-777" not in text


def _kept(world, code):
    with scope(world.system()):
        return list(Balance.objects.filter(partner=getattr(world.partners, code)).values_list("currency", "balance"))


def _sheet(response) -> list[list]:
    content = b"".join(response.streaming_content)
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_sheet_holds_no_formula(accounts, as_):
    sheet = _sheet(as_("bodega").get("/acme/statement/export.xlsx?date_from=&date_to="))
    assert [row[3] for row in sheet if row[2] == "RC-1"] == ["'=HYPERLINK(1)"]


def test_pages_of_a_long_account_join_without_a_gap(world, as_):
    """Forward and back, every entry is shown once and the balance runs through."""
    with scope(world.system()):
        for n in range(120):
            make(world, world.portals.acme, world.partners.bodega, f"FV-{n:03d}", amount="1.00", date=_day(60 - n // 5))
        rebalance(world.portals.acme.id)
    browser, url, seen = as_("bodega"), "/acme/statement/?date_from=&date_to=", []
    while url:
        statement = _statement(browser, url)
        first, last = statement["rows"][0]["cells"], statement["rows"][-1]["cells"]
        assert first[6] == f"{len(seen) + 1},00" and last[6] == f"{len(seen) + len(statement['rows'])},00"
        seen += [row["cells"][1] for row in statement["rows"]]
        previous, onward = statement["previous_url"], statement["next_url"]
        assert bool(previous) == (len(seen) > 50)
        url = onward and f"/acme/statement/{onward}"
    assert seen == [f"FV-{n:03d}" for n in range(120)]
    back = _statement(browser, f"/acme/statement/{previous}")
    assert [row["cells"][1] for row in back["rows"]] == seen[50:100]
    assert back["rows"][0]["cells"][6] == "51,00" and back["next_url"] and back["previous_url"]


def _statement(browser, url) -> dict:
    """What the page was given, caught on its way to the template."""
    from unittest import mock

    from atrio.ledger import views

    with mock.patch.object(views, "render", wraps=views.render) as rendered:
        assert browser.get(url).status_code == 200
    return rendered.call_args.args[2]["statement"]


def _rows(response) -> list[dict]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_staff_read_all_balances(accounts, as_):
    page = _text(as_("clara").get("/acme/balances/"))
    for shown in ("Bodega Central", "Mercado", "Tornillos", "COP 300,00", "USD 10,00", "COP 777,00"):
        assert shown in page
    assert "Tienda Rival" not in page and "999,00" not in page
    for who in ("bodega", "tornillos", "nadie", "rita"):
        assert as_(who).get("/acme/balances/").status_code == 404
        assert as_(who).get("/acme/balances/export.csv").status_code == 404
        assert as_(who).get("/acme/balances/export.xlsx").status_code == 404


def test_balances_are_narrowed(accounts, as_):
    def names(query):
        rows = _rows(as_("ana").get(f"/acme/balances/export.csv?{query}"))
        return [(code, currency) for code, _name, _tax_id, _side, currency, *_amounts in (row.values() for row in rows)]

    payable = {("tornillos", "COP"), ("mixta", "COP")}
    assert set(names("side=payable")) == payable
    assert names("q=bodega+central&currency=usd") == [("bodega", "USD")]
    assert names("q=zzz") == []
    late = {code for code, _currency in names("overdue=1&side=receivable")}
    assert late == {"bodega", "mercado", "mixta"}
    by_balance = names("side=receivable&currency=COP&sort=-balance")
    assert [code for code, _c in by_balance] == ["mercado", "bodega", "mixta"]
    assert [code for code, _c in names("side=receivable&currency=COP&sort=partner")] == ["bodega", "mercado", "mixta"]
    assert [code for code, _c in names("side=receivable&currency=COP&sort=-overdue")][0] == "mercado"


def test_balances_at_a_day(accounts, as_):
    """What was, what moved and what was left on that day; tied to each partner's own statement."""
    query = f"date_from={_day(135)}&date_to={_day(80)}&q=bodega"
    (row,) = _rows(as_("ana").get(f"/acme/balances/export.csv?{query}"))
    values = list(row.values())
    assert values[5:9] == ["100", "50", "50", "100"]
    page = _text(as_("ana").get(f"/acme/balances/?{query}&sort=opening"))
    assert "COP 100,00" in page
    book = _sheet(as_("ana").get(f"/acme/balances/export.xlsx?{query}"))
    assert book[1][5:9] == [100, 50, 50, 100]


def test_the_list_swaps_rows_and_sums_together(accounts, as_):
    part = as_("ana").get("/acme/balances/?side=payable", headers={"HX-Request": "true", "HX-Target": "results"})
    text = _text(part)
    assert "<html" not in text and 'id="results"' in text and 'id="balances-head" hx-swap-oob="true"' in text
    assert "Tornillos" in text and "Mercado" not in text


@pytest.mark.parametrize(
    "asked", ["sort=x", "sort=-debits", "page=99999", "page=-1", "page=x", "q=%00", "side=x", "overdue=9", "at=x"]
)
def test_odd_addresses_break_nothing(accounts, as_, asked):
    assert as_("ana").get(f"/acme/balances/?{asked}").status_code in (200, 422)
    assert as_("ana").get(f"/acme/balances/export.csv?{asked}").status_code == 200


def test_pages_ask_the_database_the_same_number_of_times(world, as_):
    """Whatever the rows."""
    counts = []
    for n in (1, 3, 25):
        with scope(world.system()):
            for i in range(n):
                make(world, world.portals.acme, world.partners.bodega, f"FV-{n}-{i}", date=_day(n))
                make(world, world.portals.acme, world.partners.mercado, f"FM-{n}-{i}", date=_day(n))
            rebalance(world.portals.acme.id)
        ana, bodega = as_("ana"), as_("bodega")
        urls = ((bodega, "/acme/statement/"), (bodega, "/acme/statement/?tab=open"), (ana, "/acme/balances/"))
        counts.append([_asked(browser, url) for browser, url in urls])
    assert counts[0] == counts[1] == counts[2]
    assert max(counts[0]) <= 6


def _asked(browser, url) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    housekeeping = ("SAVEPOINT", "RELEASE", "select coalesce(current_setting", "select set_config")
    return sum(not q["sql"].startswith(housekeeping) for q in captured.captured_queries)


def test_the_menu_leads_there(accounts, as_):
    assert 'href="/acme/statement/"' in _text(as_("bodega").get("/acme/ledger/"))
    staff = _text(as_("clara").get("/acme/ledger/"))
    assert 'href="/acme/balances/"' in staff and 'href="/acme/statement/"' not in staff
    assert menu_items(accounts.actor("nadie"), "/acme/") == []


def test_a_movement_without_words_is_called_like_its_document():
    known = {"id": 1, "number": "X", "document_id": None, "open_amount": Decimal(0)}
    days = {"date": _day(0), "due_date": _day(0)}

    def called(kind: str, side: str, *, takes: bool, description: str = "") -> str:
        raises = side == "receivable"
        debit = Decimal(0 if takes == raises else 1)
        line = Line(**known, **days, document_type=kind, description=description, debit=debit, credit=1 - debit)
        with translation.override("en"):
            return said(line, side)

    assert called("sales_invoices", "receivable", takes=False) == "Sales invoice"
    assert called("sales_invoices", "receivable", takes=True) == "Credit note"
    assert called("supplier_payments", "payable", takes=True) == "Supplier payment"
    assert called("supplier_invoices", "payable", takes=False, description="Flete") == "Flete"
    assert called("", "payable", takes=True) == ""
