"""The main job from end to end, as people do it: with a mouse, on a telephone, and without scripts."""

import re

import pytest
from python_calamine import CalamineWorkbook

from atrio.tests.browser.stage import RUNS

SCREENS = dict(zip(RUNS, ({}, {"width": 390}, {"java_script_enabled": False}), strict=True))


@pytest.fixture(params=RUNS)
def run(request) -> str:
    return request.param


@pytest.fixture
def someone(enter, run):
    return lambda who: enter(who, **SCREENS[run])


def _act(person, name: str, **typed: str) -> None:
    """Press an action of the document, fill in what it asks, confirm."""
    person.follow(f'.actions a[href$="/{name}/"]')
    form = person.page.locator("form.sheetform")
    for field, value in typed.items():
        control = form.locator(f"[name={field}]")
        control.select_option(value) if field == "code" else control.fill(value)
    address = person.page.url.removesuffix(f"{name}/")
    with person.page.expect_navigation(url=address):
        form.locator("button").last.click()


def _state(person) -> str:
    """The colour of the document's state: words change with the language."""
    badge = person.page.locator(".head-row .state").first
    return re.search(r"state-(\w+)", badge.get_attribute("class") or "")[1]


def _find_in(person, kind: str, number: str) -> None:
    person.open(f"/acme/{kind}/?q={number}")
    person.page.click(f"#results td a:text-is('{number}')")


def _cell(person, line: int, field: str):
    return person.page.locator(f"[name=lines-{line}-{field}]")


def _fill(person, run: str, first: str, price: str = "100") -> None:
    person.page.fill("[name=number]", f"FE-{run}")
    _cell(person, 0, "quantity").fill(first)
    _cell(person, 0, "unit_price").fill(price)
    _cell(person, 1, "quantity").fill("")


def _receive(buyer, order: str, quantity: str) -> None:
    """What arrived of the first line, written and posted."""
    buyer.page.goto(order)
    buyer.follow('.actions a[href*="/receipts/new/"]')
    _cell(buyer, 0, "quantity").fill(quantity)
    _cell(buyer, 1, "quantity").fill("")
    buyer.page.click(".submitbar .btn-primary")
    buyer.page.wait_for_url(re.compile(r"/receipts/\d+/$"))
    _act(buyer, "post")
    assert _state(buyer) == "green"


def test_from_order_to_approved_invoice(someone, run):
    supplier, buyer = someone("tornillos"), someone("bruno")
    _find_in(supplier, "purchase_orders", f"OC-{run}")
    assert _state(supplier) == "blue"
    _act(supplier, "confirm")
    assert _state(supplier) == "teal"
    order = supplier.page.url
    assert "Órdenes de compra" in (supplier.page.text_content("#menu") or ""), "all of it in Spanish"
    _receive(buyer, order, "5")

    supplier.page.goto(order)
    supplier.follow('.actions a[href*="/supplier_invoices/new/"]')
    _fill(supplier, run, "11")
    supplier.page.click(".submitbar .btn-primary")
    refused = _cell(supplier, 0, "quantity")
    refused.and_(supplier.page.locator("[aria-invalid=true]")).wait_for()
    assert refused.input_value() == "11", "what was typed stays"
    assert supplier.page.input_value("[name=number]") == f"FE-{run}"

    _fill(supplier, run, "5", price="110")
    supplier.page.click(".submitbar .btn-primary")
    supplier.page.wait_for_url(re.compile(r"/supplier_invoices/\d+/$"))
    invoice = supplier.page.url
    _act(supplier, "send")
    assert _state(supplier) == "amber"

    buyer.page.goto(invoice)
    assert buyer.page.locator(".match .why").first.is_visible()
    _act(buyer, "return_for_revision", code="price", reason="El precio no es el de la orden.")
    assert _state(buyer) == "amber"

    supplier.page.goto(invoice)
    assert "El precio no es el de la orden." in supplier.page.inner_text(".doc .notice")
    supplier.follow('.actions a[href$="/edit/"]')
    _cell(supplier, 0, "unit_price").fill("100")
    supplier.page.click(".submitbar .btn-primary")
    supplier.page.wait_for_url(invoice)
    _act(supplier, "send")

    buyer.page.goto(invoice)
    assert not buyer.page.locator(".match .why").count(), "ordered, received and invoiced agree"
    _act(buyer, "approve")
    assert _state(buyer) == "teal"
    _act(buyer, "mark_paid")
    supplier.page.goto(invoice)
    assert _state(supplier) == "green"
    supplier.open("/acme/statement/")
    assert f"FE-{run}" in supplier.page.inner_text("main")
    supplier.page.goto(order)
    assert "5" in supplier.page.locator(".doc .data.cards tbody tr").first.inner_text().split()
    assert supplier.complaints == buyer.complaints == []


def test_a_customer_finds_an_invoice_and_takes_it_along(someone, run):
    customer = someone("bodega")
    customer.open("/acme/")
    box = customer.page.locator("#search-text")
    box.fill("fa-4712")
    if run == "plain":
        box.press("Enter")
        customer.page.click("main .items a")
    else:
        customer.page.click("#found a")
    customer.page.wait_for_url(re.compile(r"/sales_invoices/\d+/$"))
    assert customer.page.inner_text("h1") == "FÁ-0004712"

    assert _saved(customer, '.actions a[href$="/pdf/"]').read_bytes().startswith(b"%PDF-")
    customer.page.locator("#menu a[href='/acme/sales_invoices/']").evaluate("link => link.click()")
    customer.page.locator("#results a:text-is('FÁ-0004712')").wait_for()
    customer.open("/acme/")
    assert "COP" in customer.page.inner_text("main .tile >> nth=0"), "what is owed stands on the first page"
    customer.open("/acme/statement/")
    assert _saved(customer, '.actions a[href*="/pdf/"]').read_bytes().startswith(b"%PDF-")
    sheet = CalamineWorkbook.from_path(_saved(customer, '.actions a[href*="export.xlsx"]')).get_sheet_by_index(0)
    assert "FÁ-0004712" in str(sheet.to_python())
    assert customer.complaints == []


def _saved(person, selector: str):
    with person.page.expect_download() as waiting:
        person.follow(selector)
    return waiting.value.path()
