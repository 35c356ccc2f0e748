"""The people of a portal as a list: staff see all of them, administrators of a partner those of their company."""

from django.apps import apps
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core.actor import STAFF
from atrio.core.doctypes import Column, DocumentType, Filter, Search

from ..models import Membership
from ..roles import LABELS

ONLY_STAFF = frozenset({STAFF})
STATES = {"active": pgettext_lazy("person", "Active"), "inactive": pgettext_lazy("person", "Inactive")}


def second_factor() -> Exists | Value:
    """Whether the account asks for more than a password; recovery codes alone are none."""
    if not apps.is_installed("allauth.mfa"):
        return Value(False)
    factors = apps.get_model("mfa", "Authenticator").objects.filter(user=OuterRef("user_id"))
    return Exists(factors.exclude(type="recovery_codes"))


PEOPLE = DocumentType(
    model=Membership,
    word="people",
    title=_("People"),
    noun=_("Person"),
    icon="users",
    area="people",
    document=False,
    sort="name",
    states={"active": "green", "inactive": "gray"},
    columns=(
        Column("name", _("Name"), path="user__name"),
        Column("email", _("E-mail"), path="user__email"),
        Column("partner", _("Partner"), "partner", only=ONLY_STAFF),
        Column("role", _("Role"), path="role__name", choices=lambda: LABELS),
        Column(
            "state",
            _("State"),
            "state",
            expression=Case(When(is_active=True, then=Value("active")), default=Value("inactive")),
            choices=STATES,
        ),
        Column("last_seen_at", _("Last seen"), "datetime"),
        Column("second_factor", _("Second factor"), "check", expression=second_factor(), sort=False),
        Column("created_at", _("Since"), "datetime", shown=False),
    ),
    filters=(
        Filter("name", _("Name"), "text", path="user__name__icontains"),
        Filter("email", _("E-mail"), "text", path="user__email__icontains"),
        Filter("partner", _("Partner (code or tax id)"), "partner", only=ONLY_STAFF),
        Filter("staff", _("Staff"), "check", narrow=lambda actor: Q(partner=None), only=ONLY_STAFF),
        Filter("inactive", pgettext_lazy("people", "Inactive"), "check", narrow=lambda actor: Q(is_active=False)),
    ),
    search=Search(numbers=(), by_partner=False),
    heading=str,
)
