"""What an electronic document says, whatever it was written in.

The names are the business terms of EN 16931-1 (BT and BG numbers in the docstrings); what the standard has no term for
is named as the fiscal systems of Latin America and UBL 2.1 call it. Nothing is guessed: what a document does not say is
None or an empty tuple, and amounts are what is written, never what should have been."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Format(StrEnum):
    """The family of formats that a document was read from."""

    UBL = "ubl"  # OASIS UBL 2.0 and 2.1, EN 16931, Peppol, XRechnung and other CIUS
    DIAN = "dian"  # UBL 2.1 as Colombia's DIAN has it
    SUNAT = "sunat"  # UBL 2.0 and 2.1 as Peru's SUNAT has it
    CII = "cii"  # UN/CEFACT D16B: EN 16931, Factur-X, ZUGFeRD 2, XRechnung, Order-X
    ZUGFERD = "zugferd1"  # CrossIndustryDocument of ZUGFeRD 1.0
    CFDI = "cfdi"  # Mexico, 3.3 and 4.0
    NFE = "nfe"  # Brazil, NF-e and NFC-e 3.10 and 4.00
    DTE = "dte"  # Chile


class Kind(StrEnum):
    """What a document is in business, whatever its root element is called."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    DEBIT_NOTE = "debit_note"
    PAYMENT_RECEIPT = "payment_receipt"  # CFDI type P
    PAYROLL = "payroll"  # CFDI type N
    TRANSFER = "transfer"  # CFDI type T: goods that move without being sold
    ORDER = "order"
    ORDER_CHANGE = "order_change"
    ORDER_CANCELLATION = "order_cancellation"
    ORDER_RESPONSE = "order_response"
    DISPATCH_ADVICE = "dispatch_advice"
    RECEIPT_ADVICE = "receipt_advice"
    QUOTATION = "quotation"
    REQUEST_FOR_QUOTATION = "request_for_quotation"
    CATALOGUE = "catalogue"
    REMITTANCE_ADVICE = "remittance_advice"
    STATEMENT = "statement"
    REMINDER = "reminder"
    APPLICATION_RESPONSE = "application_response"  # also the DIAN's answer and RADIAN events


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier and whose scheme it follows (ISO 6523 code, or the scheme's own name)."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax identifier, as it is written and as it is compared."""

    written: str  # outer spaces cut
    normalised: str  # upper case, without separators; without the check digit where the country keeps it apart (NIT)
    country: str | None = None  # ISO 3166-1 alpha-2, of the identifier's own system
    system: str | None = None  # VAT, NIT, RFC, CNPJ, CPF, RUT, RUC, DNI, FC; as the source names it
    check_digit: str | None = None  # where it is written apart (DIAN: schemeID of CompanyID)


@dataclass(frozen=True, slots=True)
class Address:
    """BG-5, BG-8, BG-15."""

    lines: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2, as written


@dataclass(frozen=True, slots=True)
class Contact:
    """BG-6, BG-9."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Seller (BG-4), buyer (BG-7), payee (BG-10), tax representative (BG-11) or whom goods go to (BG-13)."""

    name: str | None = None  # BT-27, BT-44: as registered
    trading_name: str | None = None  # BT-28, BT-45
    tax_id: TaxId | None = None  # BT-31, BT-48; RFC, CNPJ/CPF, RUT, NIT, RUC
    other_tax_ids: tuple[TaxId, ...] = ()  # BT-32 and what else is registered for tax
    legal_id: Identifier | None = None  # BT-30, BT-47
    identifiers: tuple[Identifier, ...] = ()  # BT-29, BT-46, GLN, numbers that the other side assigned
    endpoint: Identifier | None = None  # BT-34, BT-49
    legal_form: str | None = None  # BT-33
    tax_regime: str | None = None  # CFDI RegimenFiscal, NF-e CRT, DIAN TaxLevelCode
    address: Address | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax of the document (BG-23) or of a line (BG-30)."""

    scheme: str | None  # VAT, IVA, INC, ICA, ICMS, ST, IPI, PIS, COFINS, IGV, ISC…
    amount: Decimal | None  # BT-117
    category: str | None = None  # BT-118, BT-151: UNCL 5305; CST, or another code of the format
    rate: Decimal | None = None  # BT-119, BT-152, percent
    base: Decimal | None = None  # BT-116
    currency: str | None = None
    reason: str | None = None  # BT-120
    reason_code: str | None = None  # BT-121
    per_unit: Decimal | None = (
        None  # of each unit, where it is no percentage: CFDI Cuota, NF-e vAliqProd, UBL PerUnitAmount
    )


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An allowance (BG-20, BG-27) or a charge (BG-21, BG-28)."""

    is_charge: bool
    amount: Decimal | None  # BT-92, BT-99, BT-136, BT-141
    base: Decimal | None = None
    percent: Decimal | None = None
    reason: str | None = None
    reason_code: str | None = None
    tax_category: str | None = None  # BT-95, BT-102
    tax_rate: Decimal | None = None  # BT-96, BT-103, percent
    tax_scheme: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document that this one names.

    Roles: order (BT-13), sales_order (BT-14), contract (BT-12), project (BT-11), receipt (BT-15), dispatch (BT-16),
    tender (BT-17), object (BT-18), invoice (BG-3: what a note corrects or a payment pays), quotation, additional
    (BG-24), response (what an answer is about)."""

    role: str
    number: str | None
    date: dt.date | None = None
    line: str | None = None
    fiscal_id: str | None = None  # CUFE, UUID, access key of what is named
    type_code: str | None = None
    reason: str | None = None
    amount: Decimal | None = None  # of a payment: what of it went to this document
    currency: str | None = None  # of that document
    instalment: str | None = None  # which of its payments this is (CFDI NumParcialidad)
    balance_before: Decimal | None = None  # CFDI ImpSaldoAnt
    balance: Decimal | None = None  # what of that document stays to be paid (CFDI ImpSaldoInsoluto)


@dataclass(frozen=True, slots=True)
class Note:
    """BG-1."""

    text: str  # BT-22
    subject: str | None = None  # BT-21: UNTDID 4451


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the document, or where one is to be found (BG-24)."""

    name: str | None
    mime: str | None = None
    content: bytes | None = field(default=None, repr=False)
    uri: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentMeans:
    """BG-16 to BG-19."""

    code: str | None = None  # BT-81: UNCL 4461; CFDI FormaPago, NF-e tPag
    name: str | None = None  # BT-82
    due_date: dt.date | None = None
    reference: str | None = None  # BT-83
    account: str | None = None  # BT-84
    account_name: str | None = None  # BT-85
    bank: str | None = None  # BT-86
    card: str | None = None  # BT-87, as written
    mandate: str | None = None  # BT-89
    debited_account: str | None = None  # BT-91


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part that is due on a day of its own (UBL PaymentTerms, CII, NF-e dup)."""

    due_date: dt.date | None
    amount: Decimal | None = None
    number: str | None = None
    percent: Decimal | None = None
    note: str | None = None  # BT-20


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22. Each is what the document writes, in its currency, and None where it writes none."""

    lines: Decimal | None = None  # BT-106
    allowances: Decimal | None = None  # BT-107
    charges: Decimal | None = None  # BT-108
    net: Decimal | None = None  # BT-109
    tax: Decimal | None = None  # BT-110
    tax_accounting: Decimal | None = None  # BT-111, in the accounting currency
    gross: Decimal | None = None  # BT-112
    prepaid: Decimal | None = None  # BT-113
    rounding: Decimal | None = None  # BT-114
    payable: Decimal | None = None  # BT-115
    withheld: Decimal | None = None  # what the buyer keeps back for the tax office


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25, or a line of an order, an advice, a quotation, a statement."""

    number: str | None  # BT-126
    name: str | None = None  # BT-153
    description: str | None = None  # BT-154
    note: str | None = None  # BT-127
    quantity: Decimal | None = None  # BT-129
    unit: str | None = None  # BT-130: UN/ECE 20 and 21, or the format's own
    price: Decimal | None = None  # BT-146
    price_base: Decimal | None = None  # BT-149
    gross_price: Decimal | None = None  # BT-148
    net: Decimal | None = None  # BT-131
    seller_code: str | None = None  # BT-155
    buyer_code: str | None = None  # BT-156
    standard_code: Identifier | None = None  # BT-157: GTIN and others
    classifications: tuple[Identifier, ...] = ()  # BT-158; NCM, ClaveProdServ, UNSPSC
    country: str | None = None  # BT-159
    order_line: str | None = None  # BT-132
    order_number: str | None = None  # where a line names an order of its own
    object_id: str | None = None  # BT-128
    cost_center: str | None = None  # BT-133
    period: tuple[dt.date | None, dt.date | None] | None = None  # BG-26
    adjustments: tuple[Adjustment, ...] = ()
    taxes: tuple[Tax, ...] = ()
    withholdings: tuple[Tax, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()  # BG-32
    parent: str | None = None  # the line that this one is a part of (Factur-X BT-X-304)
    status: str | None = None  # GROUP and INFORMATION are not counted (Factur-X BT-X-8)
    parts: tuple[Line, ...] = ()  # what it is made of; its amount is theirs (XRechnung BG-DEX-01)
    path: str = ""  # where it stands in the source


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a payment receipt (CFDI Pagos) or a remittance advice."""

    date: dt.date | None
    amount: Decimal | None
    currency: str | None = None
    means: str | None = None
    documents: tuple[Reference, ...] = ()
    exchange_rate: Decimal | None = None
    reference: str | None = None  # number of the operation


@dataclass(frozen=True, slots=True)
class Fiscal:
    """What the tax office's system says of a document."""

    id: str | None = None  # CUFE, CUDE, UUID, access key (44 digits)
    id_scheme: str | None = None  # CUFE-SHA384, CUDE-SHA384, TimbreFiscalDigital, chave de acesso…
    authorised_at: dt.datetime | None = None  # stamped, validated, authorised
    protocol: str | None = None  # NF-e nProt, CFDI SelloSAT's certificate, DIAN's answer
    status: str | None = None  # code of the answer: NF-e cStat, DIAN ResponseCode
    status_text: str | None = None
    environment: str | None = None  # "1" production, "2" test, as the format writes it
    qr: str | None = None
    software: str | None = None
    authorisation: str | None = None  # DIAN: number of the numbering authorisation, DTE: CAF
    facts: tuple[tuple[str, str], ...] = ()  # what else a check of the format needs, by the source's names


@dataclass(frozen=True, slots=True)
class Document:
    """One electronic document. `where` says for a business term where in the source it was found."""

    format: Format
    kind: Kind
    doc_type: str  # the root element; CFDI version and type, NFe model and version, DTE type
    version: str | None = None
    profile: str | None = None  # BT-24 (CustomizationID, guideline)
    process: str | None = None  # BT-23
    number: str | None = None  # BT-1
    series: str | None = None  # where the format keeps it apart from the number
    type_code: str | None = None  # BT-3: UNCL 1001, or the format's own
    issue_date: dt.date | None = None  # BT-2
    issue_time: str | None = None  # as written: parts of CUFE and CUDE
    due_date: dt.date | None = None  # BT-9
    tax_date: dt.date | None = None  # BT-7
    tax_date_code: str | None = None  # BT-8: UNTDID 2005 (3 invoice, 35 delivery, 432 payment)
    delivery_date: dt.date | None = None  # BT-72
    period: tuple[dt.date | None, dt.date | None] | None = None  # BG-14
    currency: str | None = None  # BT-5
    tax_currency: str | None = None  # BT-6
    exchange_rate: Decimal | None = None
    buyer_reference: str | None = None  # BT-10
    accounting_reference: str | None = None  # BT-19
    notes: tuple[Note, ...] = ()  # BG-1
    supplier: Party | None = None  # BG-4; of an order whoever is to deliver
    customer: Party | None = None  # BG-7
    payee: Party | None = None  # BG-10
    tax_representative: Party | None = None  # BG-11
    deliver_to: Party | None = None  # BG-13
    lines: tuple[Line, ...] = ()  # BG-25
    adjustments: tuple[Adjustment, ...] = ()  # BG-20, BG-21
    taxes: tuple[Tax, ...] = ()  # BG-23
    withholdings: tuple[Tax, ...] = ()
    totals: Totals = Totals()
    references: tuple[Reference, ...] = ()
    payment_means: tuple[PaymentMeans, ...] = ()
    payment_terms: str | None = None  # BT-20
    instalments: tuple[Instalment, ...] = ()
    payments: tuple[Payment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    fiscal: Fiscal = Fiscal()
    signed: bool = False  # there is a signature element; whether it holds is not asked
    carried_by: str | None = None  # what it came in: "zip", "pdf", "AttachedDocument", "EnvioDTE"
    response: Document | None = None  # the tax office's answer that came along (DIAN AttachedDocument)
    others: tuple[Document, ...] = ()  # what came with it in one envelope (EnvioDTE)
    where: tuple[tuple[str, str], ...] = ()  # business term → path in the source

    @property
    def is_payable_invoice(self) -> bool:
        """Whether somebody is asked to pay it, or credited by it: invoices and notes, no receipt, payroll or order."""
        return self.kind in (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.DEBIT_NOTE)

    def path_of(self, term: str) -> str:
        return dict(self.where).get(term, "")
