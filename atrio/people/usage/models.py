"""What people did in a month that is over, added up: a year is read from twelve such months and not from its events."""

from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint

from atrio.core import policies
from atrio.core.models import Owned


class UsageMonth(Owned):
    """A person's use of one type and partner in one month of a zone; a row of nobody says that the month is counted."""

    zone = models.CharField(max_length=40)
    month = models.DateField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False)
    doctype = models.CharField(max_length=40, blank=True)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="+", null=True, db_index=False)
    signed_in = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    downloaded = models.PositiveIntegerField(default=0)

    POLICY = policies.of_staff("select, insert")

    class Meta:
        app_label = "people"
        db_table = "usage_month"
        constraints = [
            UniqueConstraint("portal", "zone", "month", condition=Q(user=None), name="usage_month_counted"),
        ]
        indexes = [models.Index("portal", "zone", "month", name="usage_month_read")]
