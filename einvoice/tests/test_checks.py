"""Checks one by one, on documents built for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from ..checks import Secrets, check
from ..checks.brazil import key_check_digit
from ..checks.colombia import fiscal_id
from ..checks.tax_ids import nit_check_digit
from ..finding import Severity
from ..intake import read
from ..model import (
    Adjustment,
    Document,
    Fiscal,
    Format,
    Identifier,
    Instalment,
    Kind,
    Line,
    Party,
    Payment,
    PaymentMeans,
    Reference,
    Tax,
    TaxId,
    Totals,
)
from ..writers.ubl import EN16931
from . import documents
from .samples import DATA, rows

CUFE = "8bb918b19ba22a694f1da11c643b5e9de39adf60311cf179179e9b33381030bcd4c3c3f156c506ed5908f9276f5bd9b4"
KEY = "693ff6f2a553c3646a063436fd4dd9ded0311471"


def codes(document: Document, secrets: Secrets | None = None) -> set[str]:
    return {one.code for one in (check(document, secrets) if secrets else check(document))}


def test_a_right_document_has_no_findings():
    assert check(documents.invoice()) == []


# --- EN 16931 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": None}, "BR-02"),
        ({"issue_date": None}, "BR-03"),
        ({"currency": None}, "BR-05"),
        ({"currency": "EUX"}, "BR-CL-04"),
        ({"type_code": "999"}, "BR-CL-01"),
        ({"supplier": None}, "BR-06"),
        ({"supplier": Party(name="A")}, "BR-CO-26"),
        ({"customer": Party(name="B")}, "BR-10"),
        ({"lines": ()}, "BR-16"),
        ({"taxes": ()}, "BR-CO-18"),
        ({"due_date": None}, "BR-CO-25"),
        ({"tax_currency": "USD"}, "BR-53"),
        ({"payment_means": (PaymentMeans("30"),)}, "BR-61"),
        ({"payment_means": (PaymentMeans("999"),)}, "BR-CL-16"),
        ({"period": (dt.date(2026, 2, 1), dt.date(2026, 1, 1))}, "BR-29"),
        ({"references": (Reference("invoice", None),)}, "BR-55"),
        ({"adjustments": (Adjustment(False, Decimal(1)),)}, "BR-33"),
        ({"taxes": (Tax("VAT", Decimal("3.71"), "S", Decimal(19), Decimal("99")),)}, "BR-S-08"),
        ({"taxes": (Tax("VAT", Decimal("9.71"), "S", Decimal(19), Decimal("19.50")),)}, "BR-CO-17"),
        ({"taxes": (Tax("VAT", Decimal(0), "E", Decimal(0), Decimal("19.50")),)}, "BR-E-10"),
    ],
)
def test_a_broken_rule_is_found(changes, code):
    assert code in codes(replace(documents.invoice(), **changes))


@pytest.mark.parametrize(
    "profile, severity",
    [
        ("urn:factur-x.eu:1p0:minimum", Severity.WARNING),
        ("urn:factur-x.eu:1p0:basicwl", Severity.WARNING),
        ("urn:zugferd.de:2p0:basicwl", Severity.WARNING),
        ("urn:cen.eu:en16931:2017", Severity.FATAL),
        ("urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic", Severity.FATAL),
    ],
)
def test_what_a_profile_has_no_place_for_is_told_only(profile, severity):
    document = replace(documents.invoice(), format=Format.CII, profile=profile, lines=())
    found = {one.code: one.severity for one in check(document)}
    assert found["BR-16"] == found["BR-CO-10"] == found["BR-S-08"] == severity
    assert {one.code: one.severity for one in check(replace(document, number=None))}["BR-02"] is Severity.FATAL


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"tax_date": dt.date(2026, 1, 1), "tax_date_code": "35"}, "BR-CO-03"), ({"tax_date_code": "5"}, "BR-CL-06")],
)
def test_a_tax_point_is_a_day_or_a_code(changes, code):
    assert codes(replace(documents.invoice(), tax_date_code="35")) == set()
    assert codes(replace(documents.invoice(), **changes)) == {code}


EXTENDED = "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"


def test_headings_of_factur_x_extended_are_not_counted_and_cents_forgiven():
    document = replace(documents.invoice(), format=Format.CII, profile=EXTENDED)
    heading = Line("9", name="Chapter", net=Decimal("19.50"), status="GROUP")
    assert codes(document) == set()
    assert codes(replace(document, lines=(*document.lines, heading))) == set()
    assert codes(replace(document, profile="urn:cen.eu:en16931:2017", lines=(*document.lines, heading))) >= {"BR-CO-10"}
    assert "BR-CO-10" in codes(replace(document, lines=(*document.lines, replace(heading, status="DETAIL"))))
    cent = replace(document.totals, lines=document.totals.lines + Decimal("0.01"))
    more = replace(document.totals, lines=document.totals.lines + Decimal("0.50"))
    assert "BR-CO-10" not in codes(replace(document, totals=cent))
    assert "BR-CO-10" in codes(replace(document, totals=more))
    assert "BR-CO-10" in codes(replace(document, totals=cent, profile="urn:cen.eu:en16931:2017"))


XRECHNUNG = (
    "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    "#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0"
)


def test_xrechnung_extension_collects_for_others_and_has_schemes_of_its_own():
    document = documents.invoice()
    due = document.totals.payable + Decimal("29.96")
    collected = replace(
        document,
        profile=XRECHNUNG,
        totals=replace(document.totals, payable=due),
        payments=(Payment(None, Decimal("19.96"), "EUR"), Payment(None, Decimal("10.00"), "EUR")),
        supplier=replace(document.supplier, identifiers=(Identifier("123456789", "XR03"),)),
    )
    assert codes(collected) == set()
    assert codes(replace(collected, payments=collected.payments[:1])) == {"BR-CO-16"}
    assert codes(replace(collected, profile=EN16931)) == {"BR-CO-16", "BR-CL-10"}


def test_every_document_of_an_envelope_is_checked():
    second = replace(documents.invoice(), number=None)
    found = check(replace(documents.invoice(), others=(documents.invoice(), second)))
    assert [one.code for one in found] == ["BR-02"]
    assert found[0].path.startswith("Invoice: ")


def test_credit_notes_of_zugferd_1_have_allowances_of_either_sign_and_nothing_to_pay():
    totals = Totals(
        lines=Decimal("-7.90"),
        allowances=Decimal("-0.23"),
        charges=Decimal(0),
        net=Decimal("-7.67"),
        tax=Decimal("-1.12"),
        gross=Decimal("-8.79"),
        payable=Decimal(0),
    )
    note = Document(
        Format.ZUGFERD,
        Kind.INVOICE,
        "CrossIndustryDocument",
        currency="EUR",
        totals=totals,
        adjustments=(Adjustment(False, Decimal("0.15")), Adjustment(False, Decimal("0.08"))),
    )
    assert codes(note) == set()
    assert codes(replace(note, totals=replace(totals, allowances=Decimal("0.30")))) == {"allowance_sum", "net_total"}
    assert codes(replace(note, totals=replace(totals, payable=Decimal("-8")))) == {"payable_total"}
    assert codes(replace(note, totals=replace(totals, gross=Decimal("8.79")))) == {"gross_total", "payable_total"}


def test_totals_are_compared_to_the_cent():
    document = documents.invoice()
    wrong = replace(document, totals=replace(document.totals, gross=Decimal("23.22")))
    assert {"BR-CO-15", "BR-CO-16"} <= codes(wrong)
    (finding,) = (one for one in check(wrong) if one.code == "BR-CO-15")
    assert dict(finding.facts) == {"written": "23.22", "due": "23.21"}
    assert "23.21" in finding.message("es")


def test_who_promises_nothing_is_only_warned():
    document = replace(documents.invoice(), profile="urn:www.cenbii.eu:transaction:biicoretrdm001", number=None)
    assert {one.severity for one in check(document) if one.code == "BR-02"} == {Severity.WARNING}


def test_a_line_that_does_not_multiply():
    document = documents.invoice()
    line = replace(document.lines[0], price_base=Decimal(100))
    assert "line_amount" in codes(replace(document, lines=(line, document.lines[1])))


def test_a_rounded_price_is_no_mistake():
    line = Line("1", quantity=Decimal(3000), price=Decimal("0.33"), net=Decimal("1000"))
    document = Document(Format.CFDI, Kind.INVOICE, "CFDI 4.0 I", lines=(line,))
    assert "line_amount" not in codes(document)


# --- tax identifiers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("nit", "digit"), [("800197268", "4"), ("899999068", "1"), ("860002964", "4")])
def test_the_check_digit_of_a_nit(nit, digit):
    assert nit_check_digit(nit) == digit


def test_a_wrong_digit_names_the_right_one():
    party = Party(name="X", tax_id=TaxId("800197268", "800197268", "CO", "NIT", "5"))
    document = Document(Format.DIAN, Kind.INVOICE, "Invoice", supplier=party)
    (finding,) = (one for one in check(document) if one.code == "nit_check_digit")
    assert dict(finding.facts)["due"] == "4"


@pytest.mark.parametrize(
    ("tax_id", "syntax", "wrong"),
    [
        (TaxId("XAXX010101000", "XAXX010101000", "MX", "RFC"), Format.CFDI, False),
        (TaxId("EKU9003173C9", "EKU9003173C9", "MX", "RFC"), Format.CFDI, False),
        (TaxId("EKU90", "EKU90", "MX", "RFC"), Format.CFDI, True),
        (TaxId("33.000.167/0001-01", "33000167000101", "BR", "CNPJ"), Format.NFE, False),
        (TaxId("33000167000102", "33000167000102", "BR", "CNPJ"), Format.NFE, True),
        (TaxId("76086428-5", "760864285", "CL", "RUT"), Format.DTE, False),
        (TaxId("76086428-6", "760864286", "CL", "RUT"), Format.DTE, True),
        (TaxId("20100070970", "20100070970", "PE", "RUC"), Format.SUNAT, False),
        (TaxId("NO 923 609 016 MVA", "NO923609016MVA", "NO", "VAT"), Format.UBL, False),
        (TaxId("DE123456789", "DE123456789", "DE", "VAT"), Format.UBL, True),
        (TaxId("²", "²", "DE", "VAT"), Format.UBL, False),
    ],
)
def test_check_digits_by_country(tax_id, syntax, wrong):
    document = Document(syntax, Kind.STATEMENT, "X", supplier=Party(name="X", tax_id=tax_id))
    assert ("tax_id_invalid" in codes(document)) is wrong


# --- Colombia -------------------------------------------------------------------------------------------------------


def colombian(**changes: object) -> Document:
    """The example of the DIAN's technical annex, whose code is printed there."""
    document = Document(
        format=Format.DIAN,
        kind=Kind.INVOICE,
        doc_type="Invoice",
        number="323200000129",
        type_code="01",
        issue_date=dt.date(2019, 1, 16),
        issue_time="10:53:10-05:00",
        currency="COP",
        supplier=Party(tax_id=TaxId("700085371", "700085371", "CO", "NIT")),
        customer=Party(tax_id=TaxId("800199436", "800199436", "CO", "NIT")),
        taxes=(Tax("IVA", Decimal("285000"), "01", Decimal(19), Decimal("1500000")),),
        totals=Totals(
            lines=Decimal("1500000"),
            net=Decimal("1500000"),
            tax=Decimal("285000"),
            gross=Decimal("1785000"),
            payable=Decimal("1785000"),
        ),
        fiscal=Fiscal(id=CUFE, id_scheme="CUFE-SHA384", environment="1", qr=f"https://x/?documentkey={CUFE}"),
    )
    return replace(document, **changes)  # type: ignore[arg-type]


def test_the_cufe_of_the_annex():
    assert fiscal_id(colombian(), KEY) == CUFE
    assert codes(colombian(), Secrets(technical_key=KEY)) == set()


@pytest.mark.skipif(not rows(), reason=f"no real files in {DATA}")
def test_the_cufe_of_a_real_file():
    """Made with the key that the DIAN gives everybody for its test system."""
    document = read((DATA / "einvoices" / "dian-ubl21" / "Consumidor_Final.xml").read_bytes())
    assert fiscal_id(document, "fc8eac422eba16e22ffd8c6f94b3f40a6e38162c") == document.fiscal.id


def test_without_the_key_it_is_said_that_nothing_was_checked():
    assert codes(colombian()) == {"cufe_not_checked"}


@pytest.mark.parametrize(
    ("fiscal", "code"),
    [
        ({"id": None}, "cufe_missing"),
        ({"id": CUFE[:-1]}, "cufe_form"),
        ({"id": CUFE[:-1] + "5"}, "cufe_wrong"),
        ({"qr": "CUFE=" + "0" * 96}, "qr_other_id"),
        ({"qr": f"NumFac: 7 CUFE: {CUFE}"}, "qr_other_number"),
        ({"qr": None}, "qr_missing"),
        ({"environment": "2"}, "test_environment"),
    ],
)
def test_what_is_wrong_with_a_cufe(fiscal, code):
    document = colombian()
    assert code in codes(replace(document, fiscal=replace(document.fiscal, **fiscal)), Secrets(technical_key=KEY))


def test_the_answer_of_the_dian():
    answer = Document(
        Format.DIAN,
        Kind.APPLICATION_RESPONSE,
        "ApplicationResponse",
        references=(Reference("response", "1", fiscal_id="0" * 96),),
        fiscal=Fiscal(status="04", status_text="Documento rechazado"),
    )
    found = codes(colombian(carried_by="AttachedDocument", response=answer))
    assert {"dian_rejected", "dian_answer_other"} <= found
    assert "dian_answer_missing" in codes(colombian(carried_by="AttachedDocument"))


# --- Mexico, Brazil, Chile ------------------------------------------------------------------------------------------


def mexican(**changes: object) -> Document:
    document = Document(
        format=Format.CFDI,
        kind=Kind.INVOICE,
        doc_type="CFDI 4.0 I",
        currency="MXN",
        payment_means=(PaymentMeans("99"),),
        totals=Totals(net=Decimal(100), tax=Decimal(16), gross=Decimal(116), payable=Decimal(116)),
        taxes=(Tax("IVA", Decimal(16), "002", Decimal(16), Decimal(100)),),
        fiscal=Fiscal(id="CEE4BE01-ADFA-4DEB-8421-ADD60F0BEDAC", facts=(("MetodoPago", "PPD"),)),
    )
    return replace(document, **changes)  # type: ignore[arg-type]


def test_a_payment_complement_is_owed():
    assert codes(mexican()) == {"cfdi_complement_owed"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fiscal": Fiscal()}, "cfdi_not_stamped"),
        ({"fiscal": Fiscal(id="93T5G3G5-HYA3-7267-BVG3-GS46SW44WG53")}, "cfdi_uuid"),
        ({"fiscal": Fiscal(facts=(("Sello", "abc"),))}, "cfdi_seal"),
        ({"fiscal": Fiscal(facts=(("Sello", "a"), ("TimbreFiscalDigital/SelloCFD", "b")))}, "cfdi_seal_other"),
        ({"fiscal": Fiscal(facts=(("NoCertificado", "1"),))}, "cfdi_certificate"),
        ({"payment_means": (PaymentMeans("03"),)}, "cfdi_ppd_means"),
        ({"fiscal": Fiscal(facts=(("MetodoPago", "PUE"),))}, "cfdi_pue_means"),
        ({"kind": Kind.PAYMENT_RECEIPT}, "cfdi_no_payments"),
        ({"totals": Totals(net=Decimal(100), tax=Decimal(16), payable=Decimal(117))}, "payable_total"),
    ],
)
def test_what_is_wrong_with_a_cfdi(changes, code):
    assert code in codes(mexican(**changes))


def test_a_receipt_with_payments_is_right():
    receipt = mexican(kind=Kind.PAYMENT_RECEIPT, payments=(Payment(None, Decimal(1)),))
    assert codes(receipt) == set()


def brazilian(**changes: object) -> Document:
    document = Document(
        format=Format.NFE,
        kind=Kind.INVOICE,
        doc_type="NFe mod 55 v4.00",
        number="47427",
        series="1",
        issue_date=dt.date(2018, 8, 10),
        supplier=Party(name="X", tax_id=TaxId("34128745000152", "34128745000152", "BR", "CNPJ")),
        fiscal=Fiscal(
            id="35180834128745000152550010000474281920007498",
            protocol="1",
            status="100",
            facts=(("cUF", "35"), ("mod", "55"), ("tpEmis", "1"), ("cNF", "92000749")),
        ),
    )
    return replace(document, **changes)  # type: ignore[arg-type]


def test_the_check_digit_of_an_access_key():
    assert key_check_digit("3518083412874500015255001000047428192000749") == "8"
    assert key_check_digit("4318080712334600014055001000003456100000000").isdigit()
    assert key_check_digit("3526071ABC3450000152550010000474281920007491"[:43]).isdigit()


@pytest.mark.parametrize(
    ("fiscal", "code"),
    [
        ({"id": "35"}, "nfe_key_form"),
        ({"id": None}, "nfe_key_form"),
        ({"id": "35180834128745000152550010000474281920007499"}, "nfe_key_digit"),
        ({"protocol": None, "status": None}, "nfe_no_protocol"),
        ({"status": "110"}, "nfe_not_authorised"),
        ({"environment": "2"}, "test_environment"),
        ({"facts": (("chNFe", "1" * 44),)}, "nfe_other_protocol"),
    ],
)
def test_what_is_wrong_with_an_nfe(fiscal, code):
    document = brazilian()
    assert code in codes(replace(document, fiscal=replace(document.fiscal, **fiscal)))


def test_the_key_agrees_with_the_document():
    differing = [dict(one.facts)["name"] for one in check(brazilian()) if one.code == "nfe_key_differs"]
    assert differing == ["nNF"]
    assert "nfe_key_differs" not in codes(brazilian(number="47428"))


def chilean(**changes: object) -> Document:
    document = Document(
        format=Format.DTE,
        kind=Kind.INVOICE,
        doc_type="DTE 33",
        type_code="33",
        number="170",
        currency="CLP",
        issue_date=dt.date(2019, 4, 1),
        supplier=Party(name="X", tax_id=TaxId("76354771-K", "76354771K", "CL", "RUT")),
        taxes=(Tax("IVA", Decimal(19), None, Decimal(19), Decimal(100)),),
        totals=Totals(net=Decimal(100), tax=Decimal(19), gross=Decimal(119), payable=Decimal(119)),
        signed=True,
        fiscal=Fiscal(facts=(("TED/RE", "76354771-K"), ("TED/TD", "33"), ("TED/F", "170"), ("CAF/RE", "1-9"))),
    )
    return replace(document, **changes)  # type: ignore[arg-type]


def test_a_right_dte():
    assert codes(chilean()) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fiscal": Fiscal()}, "dte_no_stamp"),
        ({"number": "171"}, "dte_stamp_differs"),
        ({"signed": False}, "dte_not_signed"),
        ({"fiscal": Fiscal(facts=(("TED/F", "170"), ("TED/FRMT", "?")))}, "dte_stamp_form"),
        ({"totals": Totals(net=Decimal(1000), tax=Decimal(19), gross=Decimal(1019))}, "gross_total"),
    ],
)
def test_what_is_wrong_with_a_dte(changes, code):
    if code == "gross_total":
        changes["totals"] = replace(changes["totals"], gross=Decimal(2000))
    assert code in codes(chilean(**changes))


def test_the_iva_of_chile_is_19_percent():
    totals = Totals(net=Decimal(1000), tax=Decimal(100), gross=Decimal(1100))
    assert "dte_vat" in codes(chilean(totals=totals, taxes=()))


# --- nothing but findings, whatever a document says -----------------------------------------------------------------

REAL = [row["local"] for row in rows()]
ODD = (None, "", "\x00", "9" * 5000, Decimal("NaN"), Decimal("1E+40"), (), dt.date(1, 1, 1))
BARE = (Party(), Line(None), Tax(None, None), Adjustment(True, None), Instalment(None), Reference("invoice", None))


def test_an_empty_document_of_every_format_and_kind():
    for syntax in Format:
        for kind in Kind:
            empty = Document(syntax, kind, "")
            bare = replace(empty, supplier=Party(), lines=(Line(None),), taxes=(Tax(None, None),))
            for document in (empty, bare):
                for one in check(document):
                    assert all(one.message(language) for language in ("en", "es", "pt_BR"))


@pytest.mark.skipif(not REAL, reason=f"no real files in {DATA}")
def test_every_finding_of_the_real_files_can_be_said():
    said = 0
    for name in REAL:
        if "blanko" in name:
            continue
        for one in check(read((DATA / name).read_bytes())):
            said += all(one.message(language) for language in ("en", "es", "pt_BR"))
            assert one.severity in Severity
    assert said > 100
