"""Documents that tests build by hand: a right one of EN 16931, and strategies for many others."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from ..figures import rounded, total
from ..model import (
    Address,
    Adjustment,
    Attachment,
    Contact,
    Document,
    Format,
    Identifier,
    Kind,
    Line,
    Note,
    Party,
    PaymentMeans,
    Reference,
    Tax,
    Totals,
)
from ..values import vat_id

EN16931 = "urn:cen.eu:en16931:2017"
SELLER = Party(
    name="Verkäufer & Söhne GmbH",
    tax_id=vat_id("DE136695976"),
    legal_id=Identifier("HRB 123"),
    address=Address(("Hauptstraße 1",), "Berlin", None, "10115", "DE"),
    contact=Contact("Frau Müller", "+49 30 1", "a@example.org"),
)
BUYER = Party(name="Acheteur <SA>", tax_id=vat_id("FR40303265045"), address=Address((), "Paris", None, None, "FR"))


def invoice() -> Document:
    """Two lines at 19 %, which every rule finds right."""
    vat = (Tax("VAT", None, "S", Decimal(19)),)
    lines = (
        Line("1", "Schraube", quantity=Decimal(10), unit="C62", price=Decimal("1.50"), net=Decimal(15), taxes=vat),
        Line("2", "Mutter", quantity=Decimal(2), unit="C62", price=Decimal("2.25"), net=Decimal("4.50"), taxes=vat),
    )
    return Document(
        format=Format.UBL,
        kind=Kind.INVOICE,
        doc_type="Invoice",
        profile=EN16931,
        number="R-1",
        type_code="380",
        issue_date=dt.date(2026, 3, 1),
        due_date=dt.date(2026, 3, 31),
        currency="EUR",
        supplier=SELLER,
        customer=BUYER,
        lines=lines,
        taxes=(Tax("VAT", Decimal("3.71"), "S", Decimal(19), Decimal("19.50"), "EUR"),),
        totals=Totals(
            lines=Decimal("19.50"),
            net=Decimal("19.50"),
            tax=Decimal("3.71"),
            gross=Decimal("23.21"),
            payable=Decimal("23.21"),
        ),
    )


# --- strategies: what EN 16931 has a place for ----------------------------------------------------------------------

_LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="\xa0\u3000")
texts = (
    st.text(_LETTERS, min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(
        lambda text: text not in ("", "-")  # a lone dash is how forms say nothing, and read as such
    )
)
maybe = lambda strategy: st.none() | strategy  # noqa: E731
days = st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31))
amounts = st.decimals(-(10**9), 10**9, places=2)
quantities = st.decimals(-(10**5), 10**5, places=4)
rates = st.decimals(0, 100, places=2)
identifiers = st.builds(Identifier, texts, st.sampled_from((None, "0088", "0060")))
schemed = st.builds(Identifier, texts, st.sampled_from(("0088", "0160")))
periods = st.tuples(days, maybe(days)) | st.tuples(maybe(days), days)
addresses = st.builds(
    Address,
    st.lists(texts, max_size=3).map(tuple),
    maybe(texts),
    maybe(texts),
    maybe(texts),
    st.sampled_from(("DE", "FR", "CO")),
)
contacts = st.builds(Contact, texts, maybe(texts), maybe(texts))
vat_numbers = st.sampled_from(("DE136695976", "FR 40 303 265 045", "ESB58378431")).map(vat_id)
categories = st.sampled_from(("S", "Z", "E", "AE", "K", "G", "O"))
taxes = st.builds(
    Tax,
    st.just("VAT"),
    amounts,
    categories,
    rates,
    amounts,
    st.just("EUR"),
    maybe(texts),
    maybe(st.just("VATEX-EU-O")),
)
line_taxes = st.builds(Tax, st.just("VAT"), st.none(), categories, rates)
adjustments = st.builds(
    Adjustment,
    st.booleans(),
    amounts,
    maybe(amounts),
    maybe(rates),
    maybe(texts),
    maybe(st.sampled_from(("95", "FC"))),
    categories,
    rates,
    st.just("VAT"),
)
line_adjustments = st.builds(
    Adjustment, st.booleans(), amounts, maybe(amounts), maybe(rates), maybe(texts), maybe(st.just("95"))
)


def parties(named: st.SearchStrategy = maybe(texts)) -> st.SearchStrategy:  # noqa: B008
    return st.builds(
        Party,
        name=texts,
        trading_name=named,
        tax_id=maybe(vat_numbers),
        legal_id=maybe(identifiers),
        identifiers=st.lists(identifiers, max_size=2).map(tuple),
        endpoint=maybe(schemed),
        legal_form=maybe(texts),
        address=maybe(addresses),
        contact=maybe(contacts),
    )


lines = st.builds(
    Line,
    number=texts,
    name=texts,
    description=maybe(texts),
    note=maybe(texts),
    quantity=quantities,
    unit=st.sampled_from(("C62", "KGM")),
    price=st.decimals(0, 10**6, places=4),
    price_base=maybe(st.integers(1, 1000).map(Decimal)),
    gross_price=maybe(st.decimals(0, 10**6, places=4)),
    net=amounts,
    seller_code=maybe(texts),
    buyer_code=maybe(texts),
    standard_code=maybe(schemed),
    classifications=st.lists(st.builds(Identifier, texts, st.just("STI")), max_size=2).map(tuple),
    country=maybe(st.sampled_from(("DE", "CN"))),
    order_line=maybe(texts),
    object_id=maybe(texts),
    cost_center=maybe(texts),
    period=maybe(periods),
    adjustments=st.lists(line_adjustments, max_size=2).map(tuple),
    taxes=line_taxes.map(lambda tax: (tax,)),
    attributes=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
)
means = st.builds(
    PaymentMeans,
    code=st.sampled_from(("30", "58", "59", "48")),
    name=maybe(texts),
    reference=st.just("REF 1"),
    account=maybe(st.sampled_from(("DE89370400440532013000", "0815-4711"))),
    account_name=maybe(texts),
    card=maybe(st.just("1234")),
    mandate=st.none(),
)
ROLES = ("order", "sales_order", "contract", "project", "receipt", "dispatch")
# UBL has the seller's order only with one of the buyer, be it "NA".
_roles = st.lists(st.sampled_from(ROLES), unique=True).filter(lambda all_: "sales_order" not in all_ or "order" in all_)
references = _roles.flatmap(lambda roles: st.tuples(*(st.builds(Reference, st.just(role), texts) for role in roles)))
earlier = st.lists(st.builds(Reference, st.just("invoice"), texts, maybe(days)), max_size=2).map(tuple)
files = st.lists(
    st.builds(
        Attachment,
        name=texts,
        mime=st.just("text/csv"),
        content=st.binary(min_size=1, max_size=20),
        description=texts,
    ),
    max_size=2,
    unique_by=lambda file: file.description,
).map(tuple)


@st.composite
def documents(draw: st.DrawFn, kind: Kind = Kind.INVOICE) -> Document:
    """A document with everything that EN 16931 has a place for, its totals whatever they are."""
    files_inside = draw(files)
    named = tuple(Reference("additional", file.name, reason=file.description) for file in files_inside)
    content = draw(st.lists(lines, min_size=1, max_size=3).map(tuple))
    net = total(line.net for line in content)
    return Document(
        format=Format.UBL,
        kind=kind,
        doc_type="Invoice",
        profile=EN16931,
        process=draw(maybe(texts)),
        number=draw(texts),
        type_code={Kind.INVOICE: "380", Kind.CREDIT_NOTE: "381"}.get(kind, "220"),
        issue_date=draw(days),
        due_date=draw(maybe(days)),
        tax_date=draw(maybe(days)),
        delivery_date=draw(maybe(days)),
        period=draw(maybe(periods)),
        currency="EUR",
        buyer_reference=draw(maybe(texts)),
        accounting_reference=draw(maybe(texts)),
        notes=draw(st.lists(st.builds(Note, texts, maybe(st.sampled_from(("ADU", "REG")))), max_size=2).map(tuple)),
        tax_date_code=draw(maybe(st.sampled_from(("3", "35", "432")))),
        supplier=draw(parties()),
        customer=draw(parties()),
        payee=draw(maybe(st.builds(Party, name=texts, legal_id=maybe(identifiers)))),
        tax_representative=draw(maybe(st.builds(Party, name=texts, tax_id=vat_numbers, address=addresses))),
        deliver_to=draw(maybe(st.builds(Party, name=maybe(texts), address=addresses))),
        lines=content,
        adjustments=draw(st.lists(adjustments, max_size=2).map(tuple)),
        taxes=draw(st.lists(taxes, min_size=1, max_size=2).map(tuple)),
        totals=Totals(
            lines=rounded(net),
            allowances=draw(maybe(amounts)),
            charges=draw(maybe(amounts)),
            net=draw(amounts),
            tax=draw(amounts),
            gross=draw(amounts),
            prepaid=draw(maybe(amounts)),
            rounding=draw(maybe(amounts)),
            payable=draw(amounts),
        ),
        references=(*draw(references), *draw(earlier), *named),
        payment_means=draw(st.lists(means, max_size=1).map(tuple)),
        payment_terms=draw(maybe(texts)),
        attachments=files_inside,
    )
