"""Asking for access from outside, without an account: the same answer for everybody, whatever we know of them."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from stdnum.util import get_cc_module

from atrio.core import events
from atrio.core.actor import Actor, PortalFacts, PortalRequest
from atrio.core.pages import LANGUAGES, Redirect, error_page, render
from atrio.core.scope import scope

from .. import letters
from ..access import enter
from ..door.forms import Proof
from ..models import Membership
from . import actions, inviting
from .forms import OneLine, Phone
from .models import AccessRequest, Kind, Registration, Side, State

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FROM_ONE_ADDRESS = 10  # an hour
OF_ONE_EMAIL = 3  # a day


def looks_right(country: str, tax_id: str) -> bool:
    """Whether a tax id is one of the country's; of a country that is not known, any is."""
    module = get_cc_module(country.lower(), "vat") if country else None
    return module is None or module.is_valid(tax_id)


class JoinForm(Proof):
    """Who asks; always with a proof that it was not sent by the thousand."""

    company = OneLine(label=gettext_lazy("Company"), max_length=200)
    tax_id = OneLine(label=gettext_lazy("Tax id"), max_length=40)
    sure = forms.BooleanField(label=gettext_lazy("The tax id is right"), required=False)
    side = forms.ChoiceField(label=gettext_lazy("What are you to us?"), choices=Side)
    name = OneLine(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    phone = Phone(label=gettext_lazy("Phone"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    message = forms.CharField(
        label=gettext_lazy("Message"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    website = forms.CharField(label=gettext_lazy("Leave this empty"), required=False, max_length=100)

    def __init__(self, *args, request: PortalRequest, portal: PortalFacts, **options):
        super().__init__(*args, **options)
        self.request, self.portal, self.settings, self.doubtful = request, portal, portal.settings, False
        phone: Any = self.fields["phone"]
        phone.country = portal.country
        for name, known in (("name", "name"), ("email", "email"), ("company", "organization"), ("website", "off")):
            self.fields[name].widget.attrs["autocomplete"] = known
        self.fields["website"].widget.attrs["tabindex"] = "-1"

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(_("Leave this field empty: it is there for programs."))
        return ""

    def clean(self) -> dict:
        cleaned: dict = super().clean() or {}
        tax_id = cleaned.get("tax_id", "")
        if tax_id and not cleaned.get("sure") and not looks_right(self.portal.country, tax_id):
            self.doubtful = True
            self.add_error(
                "tax_id", _("This does not look like a tax id of the country. Check it, or tick that it is right.")
            )
        self.check_proof()
        return cleaned

    def needs_proof(self) -> bool:
        return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: PortalRequest) -> HttpResponse:
    """The form behind the portal's shared link."""
    portal = request.portal
    if portal is None:
        raise Http404
    if request.user.is_authenticated and enter(portal.slug, request.user):
        return Redirect(request, f"/{portal.slug}/")
    if portal.settings.get("registration") == "closed":
        return render(request, "access_requests/closed.html", status=403)
    if "sent" in request.GET and request.method != "POST":
        return render(request, "access_requests/thanks.html")
    if request.method != "POST":
        return _show(request, JoinForm(request=request, portal=portal, initial=_known_of(request)))
    if _too_many(request, portal):
        return error_page(request, 429)
    form = JoinForm(request.POST, request=request, portal=portal)
    if not form.is_valid():
        return _show(request, form, 422)
    _keep(request, portal, form.cleaned_data)
    return Redirect(request, f"/{portal.slug}/join/?sent")


def _known_of(request: PortalRequest) -> dict:
    user = request.user
    own = {"name": user.name, "email": user.email, "phone": user.phone} if user.is_authenticated else {}
    return own | {"language": translation.get_language()}


def _show(request: PortalRequest, form: JoinForm, status: int = 200) -> HttpResponse:
    return render(request, "access_requests/join.html", {"form": form}, status=status)


def origin_of(request: PortalRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")[:60]


def _of_late(portal: PortalFacts, lasts: dt.timedelta) -> QuerySet[Registration]:
    return Registration.objects.filter(portal_id=portal.id, at__gt=timezone.now() - lasts)


def _too_many(request: PortalRequest, portal: PortalFacts) -> bool:
    """By the address that it comes from: of the e-mail, which may be anybody's, the answer tells nothing."""
    with scope(Actor.system(portal)):
        return _of_late(portal, HOUR).filter(origin=origin_of(request)).count() >= FROM_ONE_ADDRESS


def _keep(request: PortalRequest, portal: PortalFacts, typed: dict) -> None:
    """The same work for everybody: what follows from it, a job finds out when nobody waits for an answer."""
    from .jobs import register  # reason: the job does what this module says

    names = ("company", "tax_id", "side", "name", "phone", "language", "message")
    facts = {name: typed[name] for name in names}
    email = typed["email"].lower()
    with scope(Actor.system(portal)):
        kept = Registration.objects.create(portal_id=portal.id, email=email, origin=origin_of(request), facts=facts)
        register.defer(portal_id=portal.id, registration_id=kept.pk)


def settle(actor: Actor, registration_id: int) -> AccessRequest | None:
    """Make a request of what was sent, unless there is one, or they come too often; done once however often asked."""
    inviting.alone(actor.portal.id)
    kept = Registration.objects.filter(portal_id=actor.portal.id, pk=registration_id).first()
    if kept is None or not kept.facts:
        return None
    facts, kept.facts = kept.facts, {}
    kept.save(update_fields=["facts"])
    if _of_late(actor.portal, DAY).filter(email=kept.email, pk__lt=kept.pk).count() >= OF_ONE_EMAIL:
        return None
    if _belongs(actor, kept.email):
        _tell(actor.portal, kept.email, facts["language"], _already_in(actor.portal))
        return None
    if AccessRequest.objects.filter(portal_id=actor.portal.id, email__iexact=kept.email, state=State.PENDING).exists():
        return None
    doc = actions.new_one(actor.portal.id, Kind.REQUEST, State.PENDING, email=kept.email, origin=kept.origin, **facts)
    doc.save()
    visitor = replace(actor, name=doc.name or doc.email, origin=kept.origin)
    events.record(visitor, doc, "registered", {"email": doc.email})
    _tell(actor.portal, doc.email, doc.language, _received(actor.portal))
    return doc


def _belongs(actor: Actor, email: str) -> bool:
    places = Membership.objects.filter(portal_id=actor.portal.id, is_active=True)
    return places.filter(user__email__iexact=email, user__is_active=True).exists()


def _tell(portal: PortalFacts, email: str, language: str, letter) -> None:
    """Nothing that a stranger typed stands in it: somebody else's address may have been given."""
    with translation.override(language):
        letters.send(portal, email, email, language, letter())


def _received(portal: PortalFacts):
    def letter() -> letters.Letter:
        host = {"portal": portal.name}
        return letters.Letter(
            subject=_("We received your request for access to %(portal)s") % host,
            said=_("We look at it, and you will hear from us by e-mail."),
            footer=_("You receive this because somebody asked for access with this e-mail address."),
        )

    return letter


def _already_in(portal: PortalFacts):
    def letter() -> letters.Letter:
        host = {"portal": portal.name}
        return letters.Letter(
            subject=_("You already have access to %(portal)s") % host,
            said=_("Somebody asked for access with this e-mail address, which has it already."),
            path=f"/{portal.slug}/",
            button=_("Sign in"),
            footer=_("If that was not you, ignore it: nothing happens."),
        )

    return letter
