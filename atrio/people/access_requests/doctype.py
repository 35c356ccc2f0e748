from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import CUSTOMER, STAFF, SUPPLIER
from atrio.core.doctypes import Bulk, Column, DocumentType, Editor, Filter, Search
from atrio.core.pages import LANGUAGES

from . import actions, panels
from .forms import InvitationForm
from .models import DECIDE, INVITE, STATE_NOW, AccessRequest, Kind, Side, State

ONLY_STAFF = frozenset({STAFF})

ACCESS_REQUESTS = DocumentType(
    model=AccessRequest,
    title=_("Access requests"),
    noun=_("Access request"),
    icon="user-plus",
    area="people",
    document=False,
    seen_with={CUSTOMER: INVITE, SUPPLIER: INVITE},
    sort="-created_at",
    states={
        State.PENDING: "amber",
        State.NOT_INVITED: "gray",
        State.INVITED: "blue",
        State.ACTIVE: "green",
        State.INACTIVE: "gray",
        State.REJECTED: "red",
        State.REVOKED: "red",
        State.EXPIRED: "amber",
    },
    columns=(
        Column("number", _("Number")),
        Column("kind", _("Type"), "choice", sort=False),
        Column("name", _("Name")),
        Column("email", _("E-mail")),
        Column("company", _("Company")),
        Column("side", _("Side"), "choice", sort=False, shown=False),
        Column("created_at", _("Date"), "datetime"),
        Column("expires_at", _("Expires"), "datetime", sort=False, shown=False),
        Column("state", _("State"), "state", expression=STATE_NOW, sort=False),
    ),
    filters=(
        Filter("kind", _("Type"), choices=lambda: Kind.choices, only=ONLY_STAFF),
        Filter("state", _("State"), choices=lambda: State.choices),
        Filter("side", _("Side"), choices=lambda: Side.choices, only=ONLY_STAFF),
        Filter("created_at", _("Date"), "dates", path="created_at__date"),
        Filter("unsent", _("Could not be sent"), "check", narrow=lambda actor: ~Q(problem=""), only=ONLY_STAFF),
    ),
    search=Search(numbers=("number", "tax_id"), texts=("name", "email", "company"), by_partner=False),
    facts=(
        Column("kind", _("Type"), "choice"),
        Column("name", _("Name")),
        Column("email", _("E-mail")),
        Column("phone", _("Phone")),
        Column("language", _("Language"), choices=lambda: dict(LANGUAGES)),
        Column("company", _("Company")),
        Column("tax_id", _("Tax id")),
        Column("side", _("Side"), "choice"),
        Column("message", _("Message")),
        Column("asked_by", _("Invited by")),
        Column("invited_at", _("Sent"), "datetime"),
        Column("expires_at", _("Expires"), "datetime"),
        Column("origin", _("From where"), only=ONLY_STAFF),
        Column("reason_code", _("Reason"), "choice"),
        Column("reason", _("Explanation")),
    ),
    actions=(
        actions.approve,
        actions.connect,
        actions.reject,
        actions.invite,
        actions.resend,
        actions.revoke,
        actions.deactivate,
        actions.activate,
    ),
    editor=Editor(
        form=InvitationForm,
        create=actions.create,
        label=_("Invite a person"),
        by={STAFF: INVITE, CUSTOMER: INVITE, SUPPLIER: INVITE},
        icon="user-plus",
    ),
    leads=(panels.suggestions,),
    panels=(panels.places,),
    bulk=(Bulk("invite", _("Invite those selected"), "send", "invitations/send/", INVITE),),
    notifies={"registered": (DECIDE,)},
    tells={
        "registered": _("Access was asked for"),
        "loaded": _("Loaded from the partners"),
        "accepted": _("The invitation was accepted"),
        "expired": _("The invitation expired"),
    },
)
