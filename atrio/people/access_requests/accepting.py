"""Accepting an invitation: the page behind its link, which uses nothing up until the person sends it."""

from dataclasses import dataclass, replace

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from atrio.core import events
from atrio.core.actor import Actor, PortalRequest
from atrio.core.crossing import portal_facts
from atrio.core.pages import LANGUAGES, Redirect, error_page, render
from atrio.core.scope import scope

from .. import links, passwords
from ..access import SHIPPED
from ..accounts import with_email
from ..door import entrance
from ..door.forms import choose_password, short_password
from ..models import Membership, User
from .actions import tokens
from .forms import OneLine
from .inviting import ADDRESS, places, purpose
from .joining import origin_of
from .models import AccessRequest, State


class Gone(Exception):
    """Somebody was faster, or it was taken back meanwhile."""


@dataclass(frozen=True)
class Opened:
    """A link that works, and what it invites to."""

    secret: str
    doc: AccessRequest
    actor: Actor
    companies: list[str]

    @property
    def email(self) -> str:
        return self.doc.email

    def form(self, *args, **options) -> "NewPersonForm":
        minimum = passwords.shortest(self.actor.portal.settings)
        return NewPersonForm(*args, email=self.email, minimum=minimum, **options)


def opened(written: str) -> Opened | None:
    """What the address of an invitation stands for; looking changes nothing."""
    number, _dash, secret = written.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        return None
    link = links.look(purpose(int(number)), secret[:100])
    if link is None:
        return None
    actor = Actor.system(portal_facts(link.facts["portal"]))
    with scope(actor):
        doc = AccessRequest.objects.filter(portal_id=actor.portal.id, pk=link.facts["request"]).first()
        if doc is None or doc.state != State.INVITED:
            return None
        companies = list(doc.links.values_list("partner__name", flat=True))
    return Opened(secret, doc, actor, companies)


class NewPersonForm(forms.Form):
    """A first account: the invited e-mail is its own, and is not typed."""

    name = OneLine(label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    password1 = forms.CharField(label=gettext_lazy("Password"), strip=False, widget=forms.PasswordInput)
    password2 = forms.CharField(label=gettext_lazy("Repeat the password"), strip=False, widget=forms.PasswordInput)

    def __init__(self, *args, email: str, minimum: int, **options):
        super().__init__(*args, **options)
        self.email, self.minimum = email, minimum
        choose_password(self.fields["password1"], minimum)
        short_password(self.fields["password2"])
        self.fields["password2"].widget.attrs["autocomplete"] = "new-password"

    def clean(self) -> dict:
        cleaned: dict = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        if first:
            self._judge(passwords.normalised(first), cleaned.get("name", ""))
        return cleaned

    def _judge(self, password: str, name: str) -> None:
        try:
            validate_password(password, User(email=self.email, name=name))
        except ValidationError as problem:
            self.add_error("password1", problem)
        if len(password) < self.minimum and "password1" not in self.errors:  # the portal may ask for more than all
            said = _("The password needs %(number)s characters or more.") % {"number": self.minimum}
            self.add_error("password1", said)


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: PortalRequest, secret: str) -> HttpResponse:
    found = opened(secret)
    if found is None:
        return _gone(request)
    request.portal = found.actor.portal
    known = with_email(found.email)
    language = found.doc.language or found.actor.portal.language
    if not request.user.is_authenticated and request.method != "POST" and known is None:
        with translation.override(SHIPPED.get(language.lower().replace("_", "-"), "es")):
            return _show(request, found, known, secret)
    return _answer(request, found, known, secret)


def _answer(request: PortalRequest, found: Opened, known: User | None, secret: str) -> HttpResponse:
    if request.user.is_authenticated:
        mine = request.user.email.lower() == found.email.lower()
        if request.method != "POST" or not mine:
            return _show(request, found, known, secret, status=403 if request.method == "POST" else 200)
        return _accepted(request, found, request.user, None)
    if known is not None:
        return _show(request, found, known, secret, status=403 if request.method == "POST" else 200)
    if request.method != "POST":
        return _show(request, found, known, secret)
    form = found.form(request.POST)
    if not form.is_valid():
        return _show(request, found, known, secret, form, 422)
    return _accepted(request, found, None, form)


def _show(request, found: Opened, known, secret: str, form=None, status: int = 200) -> HttpResponse:
    address = f"{ADDRESS}{secret}/"
    signed_in = request.user.is_authenticated
    mine = signed_in and request.user.email.lower() == found.email.lower()
    start = {"name": found.doc.name, "language": translation.get_language()}
    is_new = known is None and not signed_in
    context = {
        "host": found.actor.portal.name,
        "who": found.doc.asked_by,
        "email": found.email,
        "companies": found.companies,
        "address": address,
        "case": "mine" if mine else "other" if signed_in else "known" if known else "new",
        "signed_in_as": request.user.email if signed_in else "",
        "closed": known is not None and not known.is_active,
        "form": (form or found.form(initial=start)) if is_new else None,
    }
    return render(request, "access_requests/invitation.html", {"invitation": context}, status=status)


def _gone(request: PortalRequest) -> HttpResponse:
    """A link that was used, is too old or was taken back: which of them is not told."""
    said = _("It was used already, its seven days are over, or a newer one was sent. Ask for it to be sent again.")
    return error_page(request, 404, said, title=_("This invitation is no longer valid"))


def _accepted(request: PortalRequest, found: Opened, user: User | None, form: NewPersonForm | None) -> HttpResponse:
    """Use the link up and open the places, all or nothing; then in."""
    try:
        with transaction.atomic():
            person, place = accept(found, user, form.cleaned_data if form else {}, origin_of(request))
    except Gone:
        return _gone(request)
    if user is None:
        get_adapter(request).login(request, person)
        entrance.chose_password(request, person)
    slug = found.actor.portal.slug
    request.session[f"place:{slug}"] = place.pk
    return Redirect(request, f"/{slug}/")


def accept(found: Opened, user: User | None, typed: dict, origin: str) -> tuple[User, Membership]:
    """The person and its first place; whoever comes second finds the link used up."""
    portal = found.actor.portal
    with scope(found.actor):
        doc = AccessRequest.objects.select_for_update().filter(portal_id=portal.id, pk=found.doc.pk).first()
        if doc is None or doc.state != State.INVITED or doc.role is None:
            raise Gone
        if links.use(purpose(doc.pk), found.secret) is None:
            raise Gone
        if user is None and with_email(doc.email):
            raise Gone  # an account came into being meanwhile: it signs in first
        person = user or _account(doc, typed)
        _verified(person)
        opened_places = [_place(doc, person, partner_id) for partner_id in places(doc)]
        doc.user, doc.state, doc.name = person, State.ACTIVE, person.name[:120]
        doc.search, doc.version = tokens(doc), doc.version + 1
        doc.save()
        by = replace(found.actor, name=person.name or person.email, user_id=person.pk, origin=origin)
        events.record(by, doc, "accepted", {"email": doc.email})
    return person, opened_places[0]


def _account(doc: AccessRequest, typed: dict) -> User:
    facts = {"name": typed["name"], "language": typed["language"], "phone": doc.phone}
    return User.objects.create_user(doc.email, typed["password1"], **facts)


def _verified(person: User) -> None:
    """Whoever has the link reads that mailbox."""
    first = not EmailAddress.objects.filter(user=person, primary=True).exists()
    made, fresh = EmailAddress.objects.get_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": first}
    )
    if not fresh and not made.verified:
        made.verified = True
        made.save(update_fields=["verified"])


def _place(doc: AccessRequest, person: User, partner_id: int | None) -> Membership:
    """A place that is open already keeps its role: an invitation changes nobody's rights in passing."""
    where: dict = {"portal_id": doc.portal_id, "user": person, "partner_id": partner_id}
    place, fresh = Membership.objects.get_or_create(**where, defaults={"role": doc.role})
    if not fresh and not place.is_active:
        place.role_id, place.is_active = doc.role_id, True  # type: ignore[assignment]  # `accept` asked for the role
        place.save(update_fields=["role", "is_active"])
    return place
