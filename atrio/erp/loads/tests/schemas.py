"""Schemas of the shape that the areas define, for tests of the reading alone."""

from ..schema import Field, Schema


def money(name, **options):
    return Field(name, "decimal", digits=2, **options)


def quantity(name, **options):
    return Field(name, "decimal", digits=4, **options)


KEY_FIELD = Field("external_id", required=True, max_length=80)
PARTNER = Field("partner", "reference", required=True, refers_to="partners")
CURRENCY = Field("currency", required=True, max_length=3)
TOTALS = (money("net_total", required=True), money("tax_total", required=True), money("total", required=True))

PARTNERS = Schema(
    "partners",
    (
        KEY_FIELD,
        Field("code", required=True, max_length=40),
        Field("name", required=True, max_length=200),
        Field("tax_id", max_length=40),
        Field("email", max_length=254),
        Field("phone", max_length=40),
        Field("address", max_length=400),
        Field("city", max_length=120),
        Field("region", max_length=120),
        Field("postal_code", max_length=20),
        Field("country", max_length=2),
        Field("is_customer", "boolean", default=False),
        Field("is_supplier", "boolean", default=False),
        Field("payment_terms_days", "integer"),
        money("credit_limit"),
        CURRENCY,
        Field("group", max_length=120),
        Field("account_partner", "reference", refers_to="partners"),
    ),
)

PRODUCTS = Schema(
    "products",
    (
        KEY_FIELD,
        Field("code", required=True, max_length=60),
        Field("name", required=True, max_length=200),
        Field("description"),
        Field("unit", max_length=20),
        Field("price", "decimal", digits=4),
        CURRENCY,
        Field("tax_rate", "decimal", digits=4),
        Field("barcode", max_length=40),
        Field("group", max_length=120),
    ),
)

INVOICE_LINES = Schema(
    "lines",
    (
        Field("position", "integer", required=True),
        Field("product_code", max_length=60),
        Field("description", required=True),
        quantity("quantity", required=True),
        Field("unit", max_length=20),
        Field("unit_price", "decimal", required=True, digits=4),
        Field("discount_percent", "decimal", digits=4, default="0"),
        Field("tax_rate", "decimal", digits=4),
        money("net", required=True),
        money("tax", required=True),
        money("total", required=True),
    ),
)

SALES_INVOICES = Schema(
    "sales_invoices",
    (
        KEY_FIELD,
        Field("number", required=True, max_length=60),
        Field("kind", "choice", choices=("invoice", "credit_note", "debit_note"), default="invoice"),
        PARTNER,
        Field("account_partner", "reference", refers_to="partners"),
        Field("issue_date", "date", required=True),
        Field("due_date", "date"),
        Field("delivery_date", "date"),
        CURRENCY,
        *TOTALS,
        money("open_amount", required=True),
        Field("state", "choice", choices=("open", "part_paid", "paid", "cancelled"), default="open"),
        Field("order_number", max_length=60),
        Field("payment_terms", max_length=120),
        Field("fiscal_id", max_length=120),
        Field("xml", "xml"),
    ),
    INVOICE_LINES,
)

PURCHASE_ORDERS = Schema(
    "purchase_orders",
    (
        KEY_FIELD,
        Field("number", required=True, max_length=60),
        PARTNER,
        Field("issue_date", "date", required=True),
        Field("delivery_date", "date"),
        CURRENCY,
        *TOTALS,
        Field("state", "choice", choices=("sent", "confirmed", "part_received", "received", "closed"), default="sent"),
        Field("remarks"),
    ),
    Schema(
        "lines",
        (
            Field("external_id", max_length=80),
            Field("position", "integer", required=True),
            Field("product_code", max_length=60),
            Field("description", required=True),
            quantity("quantity", required=True),
            Field("unit", max_length=20),
            Field("unit_price", "decimal", required=True, digits=4),
            Field("tax_rate", "decimal", digits=4),
            money("net", required=True),
            money("tax", required=True),
            money("total", required=True),
            Field("delivery_date", "date"),
        ),
    ),
)

RECEIPTS = Schema(
    "receipts",
    (
        KEY_FIELD,
        Field("number", required=True, max_length=60),
        PARTNER,
        Field("purchase_order", "reference", required=True, refers_to="purchase_orders"),
        Field("issue_date", "date", required=True),
        Field("state", "choice", choices=("draft", "posted", "reversed"), default="posted"),
    ),
    Schema(
        "lines",
        (
            Field("position", "integer", required=True),
            Field("order_line", required=True, max_length=80),
            quantity("quantity", required=True),
        ),
    ),
)

SUPPLIER_INVOICES = Schema(
    "supplier_invoices",
    (
        KEY_FIELD,
        Field("number", required=True, max_length=60),
        PARTNER,
        Field("purchase_order", "reference", refers_to="purchase_orders"),
        Field("issue_date", "date", required=True),
        Field("due_date", "date"),
        CURRENCY,
        *TOTALS,
        money("open_amount", required=True),
        Field("state", "choice", choices=("sent", "approved", "scheduled", "paid"), default="sent"),
        Field("fiscal_id", max_length=120),
    ),
    Schema(
        "lines",
        (
            Field("position", "integer", required=True),
            Field("order_line", max_length=80),
            Field("product_code", max_length=60),
            Field("description", required=True),
            quantity("quantity", required=True),
            Field("unit_price", "decimal", required=True, digits=4),
            money("net", required=True),
            money("tax", required=True),
            money("total", required=True),
        ),
    ),
)

SUPPLIER_PAYMENTS = Schema(
    "supplier_payments",
    (
        KEY_FIELD,
        Field("number", required=True, max_length=60),
        PARTNER,
        Field("issue_date", "date", required=True),
        Field("method", max_length=60),
        CURRENCY,
        money("gross_total", required=True),
        money("withholding_total", default="0"),
        money("discount_total", default="0"),
        money("total", required=True),
        Field("state", "choice", choices=("planned", "ready", "collected", "paid", "returned"), default="paid"),
        Field("reference", max_length=120),
    ),
    Schema(
        "lines",
        (
            Field("position", "integer", required=True),
            Field("supplier_invoice", "reference", required=True, refers_to="supplier_invoices"),
            money("amount", required=True),
            money("withholding", default="0"),
            money("discount", default="0"),
        ),
    ),
)

LEDGER_ENTRIES = Schema(
    "ledger_entries",
    (
        KEY_FIELD,
        PARTNER,
        Field("side", "choice", choices=("receivable", "payable"), required=True),
        Field("date", "date", required=True),
        Field("due_date", "date"),
        CURRENCY,
        money("debit", default="0"),
        money("credit", default="0"),
        money("open_amount", default="0"),
        Field("description", max_length=200),
        Field("document_type", max_length=40),
        Field("document", max_length=80),
        Field("number", max_length=60),
    ),
)
