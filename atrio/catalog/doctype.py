from django.utils.translation import gettext_lazy as _

from atrio.core.doctypes import Column, DocumentType, Filter, Load, LoadField, Search

from .models import Product

PRODUCTS = DocumentType(
    model=Product,
    title=_("Products"),
    noun=_("Product"),
    icon="package",
    area="catalog",
    document=False,
    sort="name",
    columns=(
        Column("code", _("Code")),
        Column("name", _("Name")),
        Column("group", _("Group")),
        Column("unit", _("Unit"), sort=False),
        Column("price", _("Price"), "amount", sort=False),
        Column("tax_rate", _("Tax"), "percent", sort=False),
        Column("barcode", _("Bar code"), shown=False),
    ),
    filters=(Filter("group", _("Group"), "text"),),
    search=Search(numbers=("code", "barcode", "external_id"), texts=("name", "group"), by_partner=False),
    facts=(
        Column("code", _("Code")),
        Column("group", _("Group")),
        Column("unit", _("Unit")),
        Column("price", _("Price"), "amount"),
        Column("tax_rate", _("Tax"), "percent"),
        Column("barcode", _("Bar code")),
        Column("description", _("Description")),
    ),
    load=Load(
        fields=(
            LoadField("code", required=True, max_length=60),
            LoadField("name", required=True, max_length=300),
            LoadField("description"),
            LoadField("unit", max_length=20),
            LoadField("price", "decimal"),
            LoadField("currency", max_length=3),
            LoadField("tax_rate", "decimal"),
            LoadField("barcode", max_length=60),
            LoadField("group", max_length=120),
            LoadField("is_active", "boolean", default=True),
        ),
    ),
)
