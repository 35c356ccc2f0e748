"""From the partners that have an e-mail to invitations that wait to be sent; what is in doubt is left out and said."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from atrio.core import events
from atrio.core.actions import Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.pages import Redirect, render

from ..models import Membership, Role
from ..portals.rights import MANAGE
from . import actions, granting, inviting
from .forms import RoleField
from .models import INVITE, AccessRequest, AccessRequestPartner, Kind, Side, State

MOST = 5000  # at once
SHOWN = 200


@dataclass
class Found:
    """What a load would do: whom it takes, and whom it leaves out and why."""

    taken: list[Any] = field(default_factory=list)
    doubtful: list[tuple[str, str, str]] = field(default_factory=list)  # e-mail, companies, why
    already: int = 0


def of_side(side: str) -> Q:
    sides = {Side.CUSTOMER: Q(is_customer=True), Side.SUPPLIER: Q(is_supplier=True)}
    return sides.get(Side(side), Q())


def look(actor: Actor, side: str) -> Found:
    """Each partner with an e-mail once; an e-mail that stands for two people or places is nobody's."""
    model = apps.get_model("partners", "Partner")
    rows = model.objects.visible_to(actor).filter(is_active=True).exclude(email="").annotate(mail=Lower("email"))
    holders: dict[str, list] = defaultdict(list)
    for one in rows.order_by("name").only("id", "code", "name", "email", "tax_id", "is_customer", "is_supplier"):
        holders[one.mail.strip()].append(one)
    wanted = set(rows.filter(of_side(side)).values_list("pk", flat=True))
    people, invited = _people(actor), _invited(actor)
    found = Found()
    for email, partners in holders.items():
        mine = [one for one in partners if one.pk in wanted]
        if mine:
            _judge(found, email, partners, mine[0], people.get(email, set()), invited.get(email, set()))
    return found


def _judge(found: Found, email: str, partners: list, partner, places: set, invited: set) -> None:
    named = ", ".join(f"{one.name} ({one.code})" for one in partners[:10])
    if len(partners) > 1:
        found.doubtful.append((email, named, _("Several companies have this e-mail.")))
    elif not _is_email(email):
        found.doubtful.append((email, named, _("This is not an e-mail address.")))
    elif (places | invited) - {partner.pk}:
        found.doubtful.append((email, named, _("This e-mail belongs to somebody of another company or of our staff.")))
    elif partner.pk in places | invited:
        found.already += 1
    else:
        found.taken.append(partner)


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _people(actor: Actor) -> dict[str, set]:
    """Whose account each e-mail is here: the places of this portal only, as of others nothing is told."""
    found: dict[str, set] = defaultdict(set)
    rows = Membership.objects.filter(portal_id=actor.portal.id)
    for email, partner_id in rows.annotate(mail=Lower("user__email")).values_list("mail", "partner_id"):
        found[email].add(partner_id)
    return found


def _invited(actor: Actor) -> dict[str, set]:
    found: dict[str, set] = defaultdict(set)
    rows = AccessRequest.objects.filter(portal_id=actor.portal.id, state__in=inviting.OPEN)
    for email, partner_id in rows.annotate(mail=Lower("email")).values_list("mail", "links__partner_id"):
        found[email].add(partner_id)
    return found


def take(actor: Actor, side: str, role: Role) -> int:
    """Make an invitation, not sent yet, of each; two who load at once make none twice."""
    inviting.alone(actor.portal.id)
    partners = look(actor, side).taken[:MOST]
    docs = [_made(actor, one, role) for one in partners]
    AccessRequest.objects.bulk_create(docs, batch_size=1000)
    linked = [
        AccessRequestPartner(portal_id=actor.portal.id, request=doc, partner=one)
        for doc, one in zip(docs, partners, strict=True)
    ]
    AccessRequestPartner.objects.bulk_create(linked, batch_size=2000)
    return events.record_many(actor, AccessRequest, "loaded", [(doc.pk, doc.partner_id, {}) for doc in docs])


def _made(actor: Actor, partner, role: Role) -> AccessRequest:
    sides = {(True, True): Side.BOTH, (True, False): Side.CUSTOMER, (False, True): Side.SUPPLIER}
    side = sides.get((partner.is_customer, partner.is_supplier), "")
    facts = {"email": partner.email.strip().lower(), "company": partner.name, "tax_id": partner.tax_id, "side": side}
    who = {"asked_by": actor.name[:120], "origin": actor.origin[:60], "partner_id": partner.pk, "role": role}
    return actions.new_one(actor.portal.id, Kind.INVITATION, State.NOT_INVITED, **facts, **who)


class LoadForm(forms.Form):
    side = forms.ChoiceField(label=gettext_lazy("Which partners"), choices=Side, initial=Side.BOTH)
    role = RoleField(help_text=gettext_lazy("What whoever accepts may do for the company."))

    def __init__(self, *args, actor: Actor, **options):
        super().__init__(*args, **options)
        self.actor = actor
        roles: Any = self.fields["role"].widget
        partner = str(granting.AUDIENCES["partner"])
        roles.choices = [group for group in granting.choices(actor) if group[0] == partner]
        choices: Any = self.fields["side"]
        choices.choices = [
            (Side.BOTH, _("Customers and suppliers")),
            (Side.CUSTOMER, _("Customers")),
            (Side.SUPPLIER, _("Suppliers")),
        ]

    def clean_role(self) -> Role:
        role = granting.chosen(self.actor, self.cleaned_data["role"])
        granting.need_audience(role, "partner")
        return role


def allowed(request: PortalRequest) -> Actor:
    """For partners this does not exist, and not every employee invites."""
    if not request.actor.is_staff:
        raise Http404
    if not request.actor.may(INVITE):
        raise Refused(INVITE)
    return request.actor


@require_http_methods(["GET", "HEAD", "POST"])
def load(request: PortalRequest) -> HttpResponse:
    """GET shows whom a load would take; POST takes them."""
    actor = allowed(request)
    if request.method == "POST":
        form = LoadForm(request.POST, actor=actor)
        if not form.is_valid():
            return _show(request, form, 422)
        count = take(actor, form.cleaned_data["side"], form.cleaned_data["role"])
        said = ngettext("%(count)s partner was loaded.", "%(count)s partners were loaded.", count)
        messages.success(request, said % {"count": count})
        return Redirect(request, f"/{actor.portal.slug}/access_requests/?state={State.NOT_INVITED}")
    start = {"side": Side.BOTH, "role": "partner:administrator"}
    asked = LoadForm(request.GET if "side" in request.GET else None, actor=actor, initial=start)
    return _show(request, asked, 422 if asked.is_bound and not asked.is_valid() else 200)


def _show(request: PortalRequest, form: LoadForm, status: int = 200) -> HttpResponse:
    actor = request.actor
    side = form.cleaned_data.get("side", "") if form.is_bound and form.is_valid() else form["side"].value()
    found = look(actor, side if side in Side.values else Side.BOTH)
    base = f"/{actor.portal.slug}/"
    rows = AccessRequest.objects.filter(portal_id=actor.portal.id, state=State.NOT_INVITED)
    context = {
        "form": form,
        "url": f"{base}invitations/load/",
        "taken": [{"name": one.name, "code": one.code, "email": one.email} for one in found.taken[:SHOWN]],
        "count": len(found.taken),
        "most": MOST,
        "doubtful": [dict(zip(("email", "companies", "why"), row, strict=True)) for row in found.doubtful[:SHOWN]],
        "doubtful_count": len(found.doubtful),
        "already": found.already,
        "waiting": rows.filter(role__isnull=False).count(),
        "send_url": f"{base}invitations/send/",
        "list_url": f"{base}access_requests/",
        "share_url": f"{base}settings/share/" if actor.may(MANAGE) else "",
        "settings_url": "" if inviting.mail_ready(actor.portal) else f"{base}{inviting.MAIL_SETTINGS}",
    }
    return render(request, "access_requests/load.html", {"load": context}, status=status)
