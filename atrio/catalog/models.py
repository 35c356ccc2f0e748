"""Products: what is bought and sold."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from atrio.core import policies
from atrio.core.actor import STAFF
from atrio.core.models import Record, amount_field
from atrio.core.visibility import everything


class Product(Record):
    """An article or service, as the ERP knows it."""

    code = models.CharField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=300)
    description = models.TextField(_("description"), blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    price = amount_field(_("price"), null=True, blank=True, default=None)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    tax_rate = models.DecimalField(_("tax %"), max_digits=7, decimal_places=4, null=True, blank=True)
    barcode = models.CharField(_("bar code"), max_length=60, blank=True)
    group = models.CharField(_("group"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    SIGHT = {STAFF: everything}
    POLICY = policies.of_staff()

    class Meta(Record.Meta):
        db_table = "product"
        verbose_name = _("product")
        constraints = [*Record.Meta.constraints, UniqueConstraint("portal", "code", name="catalog_code")]
        indexes = [*Record.Meta.indexes, models.Index("portal", "name", "id", name="catalog_name")]

    def __str__(self):
        return self.name
