"""The search box finds any document by part of its number, and nobody else's."""

import pytest

from atrio.core.doctypes import document_type, document_types
from atrio.testing.counting import counted
from atrio.testing.world import make


@pytest.fixture
def documents(world):
    make(world, document_type("sales_invoices"), "FÉ-00451")
    make(world, document_type("purchase_orders"), "OC-00451")
    make(world, document_type("sales_invoices"), "FE-00451", who="mercado")
    make(world, document_type("sales_invoices"), "FE-00451", slug="rival", who="tienda")


def test_everything_at_once_by_part_of_a_number(documents, as_):
    text = as_("ana").get("/acme/search/", {"q": "451"}).content.decode()
    assert "Sales invoices" in text and "Purchase orders" in text
    assert text.count('class="key"') == 3
    assert "/rival/" not in text


def test_one_type_when_chosen(documents, as_):
    text = as_("ana").get("/acme/search/", {"q": "451", "scope": "purchase_orders"}).content.decode()
    assert text.count('class="key"') == 1 and "OC-00451" in text
    assert '<option value="purchase_orders" selected>' in text


def test_accents_and_case_do_not_matter(documents, world, as_):
    ana = as_("ana")
    assert "FÉ-00451" in ana.get("/acme/search/", {"q": "fe 00451"}).content.decode()
    assert "Tornillos Ñandú" in ana.get("/acme/search/", {"q": "NANDU"}).content.decode()


def test_a_partner_finds_only_its_own(documents, as_):
    bodega = as_("bodega").get("/acme/search/", {"q": "451"}).content.decode()
    assert "FÉ-00451" in bodega and "FE-00451" not in bodega and "OC-00451" not in bodega
    assert 'value="purchase_orders"' not in bodega
    chosen = as_("bodega").get("/acme/search/", {"q": "451", "scope": "purchase_orders"}).content.decode()
    assert "OC-00451" not in chosen


def test_htmx_gets_the_part_under_the_box(documents, as_):
    part = as_("ana").get("/acme/search/", {"q": "451"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "OC-00451" in part and "/acme/search/?scope=&amp;q=451" in part


def test_see_all_leads_to_the_list(documents, as_):
    ana = as_("ana")
    text = ana.get("/acme/search/", {"q": "451"}).content.decode()
    assert 'href="/acme/sales_invoices/?q=451"' in text
    assert "2 found" in ana.get("/acme/sales_invoices/?q=451").content.decode()


def test_at_most_six_of_each(world, as_):
    for n in range(8):
        make(world, document_type("sales_invoices"), f"LOTE-{n}")
    assert as_("ana").get("/acme/search/", {"q": "lote"}).content.decode().count('class="key"') == 6


@pytest.mark.parametrize(("scope", "kinds"), [("", len(document_types())), ("sales_invoices", 1)])
def test_one_query_for_each_type_looked_in(scope, kinds, documents, as_):
    ana = as_("ana")
    counts = []
    for typed in ("451", "nothing like it"):
        with counted() as queries:
            ana.get("/acme/search/", {"q": typed, "scope": scope})
        counts.append(len(queries))
    assert counts == [1 + kinds, 1 + kinds]


@pytest.mark.parametrize("typed", ["", " ", "a", "%", "\x00\x00", "':*", "<script>alert(1)</script>", "x" * 9000])
def test_whatever_is_typed_gets_an_answer(typed, world, as_):
    response = as_("ana").get("/acme/search/", {"q": typed})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_one_letter_is_too_little_and_said(world, as_):
    assert "Type at least two" in as_("ana").get("/acme/search/", {"q": "a"}).content.decode()
