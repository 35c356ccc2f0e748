from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import STAFF
from atrio.core.doctypes import Column, DocumentType, Filter, Load, LoadField, Search

from .models import Partner

PARTNERS = DocumentType(
    model=Partner,
    title=_("Partners"),
    noun=_("Partner"),
    icon="building-store",
    area="partners",
    document=False,
    offered=frozenset({STAFF}),  # partners read their own record
    sort="name",
    columns=(
        Column("name", _("Name")),
        Column("code", _("Code")),
        Column("tax_id", _("Tax id")),
        Column("city", _("City")),
        Column("is_customer", _("Customer"), "check", sort=False),
        Column("is_supplier", _("Supplier"), "check", sort=False),
        Column("email", _("E-mail"), sort=False),
        Column("phone", _("Phone"), sort=False, shown=False),
        Column("category", _("Category"), shown=False),
    ),
    filters=(
        Filter("is_customer", _("Customer"), "check", narrow=lambda actor: Q(is_customer=True)),
        Filter("is_supplier", _("Supplier"), "check", narrow=lambda actor: Q(is_supplier=True)),
        Filter("tax_id", _("Tax id"), "text"),
    ),
    tells={
        "viewed_as": _("Seen by our staff as by this partner"),
        "view_ended": _("View as this partner ended"),
    },
    search=Search(
        numbers=("code", "tax_id", "external_id"), texts=("name", "legal_name", "email", "city"), by_partner=False
    ),
    facts=(
        Column("code", _("Code")),
        Column("legal_name", _("Legal name")),
        Column("tax_id", _("Tax id")),
        Column("category", _("Category")),
        Column("email", _("E-mail")),
        Column("phone", _("Phone")),
        Column("address", _("Address")),
        Column("city", _("City")),
        Column("region", _("Region")),
        Column("country", _("Country")),
        Column("payment_terms_days", _("Payment terms in days"), "number"),
        Column("credit_limit", _("Credit limit"), "amount"),
        Column("group__name", _("Group")),
        Column("representative", _("Sales representative")),
    ),
    load=Load(
        fields=(
            LoadField("code", required=True, max_length=40),
            LoadField("name", required=True, max_length=200),
            LoadField("legal_name", max_length=200),
            LoadField("tax_id", max_length=40),
            LoadField("is_customer", "boolean", default=False),
            LoadField("is_supplier", "boolean", default=False),
            LoadField("is_active", "boolean", default=True),
            LoadField("email", max_length=254),
            LoadField("phone", max_length=60),
            LoadField("address", max_length=300),
            LoadField("city", max_length=120),
            LoadField("region", max_length=120),
            LoadField("postal_code", max_length=20),
            LoadField("country", max_length=2),
            LoadField("category", max_length=80),
            LoadField("currency", max_length=3),
            LoadField("payment_terms_days", "integer"),
            LoadField("credit_limit", "decimal"),
            LoadField("group", "reference", column="group_id", refers_to="partner_groups"),
            LoadField("account_partner", "reference", column="account_partner_id", refers_to="partners"),
            LoadField("representative", max_length=120),
        ),
    ),
)
