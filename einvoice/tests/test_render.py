"""What people see of a document: everything escaped, in three languages, on paper too."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from ..checks import check
from ..intake import read
from ..model import Document, Format, Identifier, Kind, Note, Party
from ..render import render
from ..rendering.labels import KINDS, LABELS
from ..rendering.page import Page
from . import documents
from .samples import DATA, rows

ONE_OF_EACH = {row["doc_type"]: row["local"] for row in rows() if "blanko" not in row["local"]}


def test_a_page_of_its_own_fetches_nothing_and_parties_without_words_are_not_shown():
    document = replace(documents.invoice(), number="<1>", tax_representative=Party(identifiers=(Identifier("1"),)))
    page = render(document, "pt_BR", "page")
    assert page.startswith("<!doctype html>") and '<html lang="pt-BR">' in page and "&lt;1&gt;</title>" in page
    assert "Representante fiscal" not in page
    assert "http" not in page and "url(" not in page
    assert render(document, "pt_BR") in page


def test_everything_is_escaped_and_nothing_is_styled():
    document = replace(documents.invoice(), number='<script>"&', notes=(Note("<b>"),))
    page = render(document, "en", "html", check(replace(document, currency=None)))
    assert "<script" not in page
    assert "<b>" not in page
    assert "style=" not in page
    assert "Acheteur &lt;SA&gt;" in page
    etree.fromstring(page.replace("<br>", "<br/>"))


@pytest.mark.parametrize(
    ("language", "title", "amount"), [("en", "Invoice", "1,234.50"), ("es", "Factura", "1.234,50")]
)
def test_words_and_figures_follow_the_language(language, title, amount):
    document = documents.invoice()
    page = render(replace(document, totals=replace(document.totals, payable=Decimal("1234.5"))), language)
    assert title in page
    assert amount in page


def test_every_kind_and_label_has_three_languages():
    assert KINDS.keys() == set(Kind)
    assert all(text for texts in (*KINDS.values(), *LABELS.values()) for text in texts)


def test_a_pdf_of_a_right_and_of_an_empty_document():
    for document in (documents.invoice(), Document(Format.UBL, Kind.STATEMENT, "Statement")):
        assert render(document, "pt_BR", "pdf").startswith(b"%PDF")


def test_odd_letters_are_printed_too():
    document = replace(documents.invoice(), notes=(Note("\x00\u0915\U0001f600\u202e #set page("), Note("x" * 9000)))
    assert render(document, "es", "pdf").startswith(b"%PDF")


def test_a_long_invoice_is_cut_on_paper_and_says_so():
    document = documents.invoice()
    page = Page(replace(document, lines=document.lines * 10), "en").content(3)
    assert len(page["lines"]["rows"]) == 3
    assert page["more_lines"].startswith("17 ")


@pytest.mark.skipif(not ONE_OF_EACH, reason=f"no real files in {DATA}")
@pytest.mark.parametrize("name", sorted(ONE_OF_EACH.values()))
def test_one_real_file_of_each_type(name):
    document = read((DATA / name).read_bytes())
    page = render(document, "es", "html", check(document))
    assert not re.search(
        r"<(?!/?(article|header|h2|h3|span|section|div|p|strong|br|dl|dt|dd|table|caption|thead|tbody|tr|th|td|ul|li|code|small)\b)",
        page,
    )  # noqa: E501
    assert document.number is None or document.number in page
