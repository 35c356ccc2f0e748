"""The page of one person in a portal, and what its administrators do there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from atrio.core import events
from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor, Audience, PortalRequest
from atrio.core.formats import Formats, formats_of
from atrio.core.pages import Redirect, render, wants_part

from ..granting import may_manage
from ..happenings import PEOPLE, sentence
from ..models import Membership
from ..permissions import MANAGE, VIEW_AS, in_words
from ..roles import label_of
from ..sudo import sudo
from . import actions
from .forms import DeactivateForm, RoleForm


@dataclass(frozen=True)
class Verb:
    """One thing to do about a person: its word in the address, in words, and when it is offered."""

    name: str
    label: Any
    done: Any
    explain: Any
    do: Callable[..., Membership]
    icon: str
    open_to: Callable[[Membership], bool]
    danger: bool = False
    form: Callable[..., forms.Form] | None = None


VERBS = (
    Verb(
        "role",
        gettext_lazy("Change role"),
        gettext_lazy("The role was changed."),
        gettext_lazy("It takes effect with the next click of this person."),
        actions.change_role,
        icon="user-cog",
        open_to=lambda member: True,
        form=RoleForm,
    ),
    Verb(
        "reset-password",
        gettext_lazy("Send a password link"),
        gettext_lazy("The link is on its way to the person's own address."),
        gettext_lazy("The person gets a link to choose a new password. It works once, for 10 minutes."),
        actions.reset_password,
        icon="key",
        open_to=lambda member: member.is_active,
    ),
    Verb(
        "unlock",
        gettext_lazy("Unlock"),
        gettext_lazy("The person may try again."),
        gettext_lazy("Whoever mistypes the password too often waits. Make sure who is asking before you unlock."),
        actions.unlock,
        icon="lock-open",
        open_to=lambda member: member.is_active,
    ),
    Verb(
        "sign-out",
        gettext_lazy("Sign out everywhere"),
        gettext_lazy("All sessions were ended."),
        gettext_lazy("All sessions of this person end at once, also those in other portals. The access stays open."),
        actions.end_sessions,
        icon="logout",
        open_to=lambda member: member.is_active,
        danger=True,
    ),
    Verb(
        "deactivate",
        gettext_lazy("Deactivate"),
        gettext_lazy("The access is closed."),
        gettext_lazy("This person is signed out of this portal at once. What was done stays on record."),
        actions.deactivate,
        icon="user-off",
        open_to=lambda member: member.is_active,
        danger=True,
        form=DeactivateForm,
    ),
    Verb(
        "activate",
        gettext_lazy("Activate"),
        gettext_lazy("The access is open again."),
        gettext_lazy("This person can come in again, with the same role."),
        actions.activate,
        icon="user-check",
        open_to=lambda member: not member.is_active,
    ),
)


def member_of(request: PortalRequest, pk: int) -> Membership:
    rows = Membership.objects.visible_to(request.actor).select_related("user", "role", "partner")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def audiences_of(member: Membership) -> tuple[Audience, ...]:
    partner = member.partner
    if partner is None:
        return (Audience.STAFF,)
    sides = {Audience.CUSTOMER: partner.is_customer, Audience.SUPPLIER: partner.is_supplier}
    return tuple(side for side, is_one in sides.items() if is_one)


def _url(actor: Actor, member: Membership, rest: str = "") -> str:
    return f"/{actor.portal.slug}/people/{member.pk}/{rest}"


def _actions(actor: Actor, member: Membership) -> list[dict]:
    found: list[dict] = [
        {
            "name": verb.name,
            "title": str(verb.label),
            "icon": verb.icon,
            "url": _url(actor, member, f"{verb.name}/"),
            "primary": False,
            "danger": verb.danger,
            "dialog": True,
        }
        for verb in VERBS
        if may_manage(actor, member) and verb.open_to(member)
    ]
    if actor.is_staff and member.partner_id and member.is_active and actor.may(VIEW_AS):
        url = f"/{actor.portal.slug}/view-as/?person={member.pk}"
        common = {"primary": False, "danger": False, "dialog": False}
        found.append({"name": "view_as", "title": _("View as this person"), "icon": "eye", "url": url} | common)
    return found


def _told(actor: Actor, member: Membership) -> list:
    """What happened to the person's place; that it was here is in the list already."""
    return [event for event in events.timeline(actor, member) if event.kind != "present"]


def _timeline(actor: Actor, member: Membership, formats: Formats) -> list[dict]:
    return [
        {
            "icon": "point",
            "text": sentence(PEOPLE, event.kind, event.facts),
            "who": event.actor_name,
            "at": formats.datetime(event.at),
            "details": [],
            "internal": event.internal,
        }
        for event in _told(actor, member)
    ]


@require_GET
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    actor, member, formats = request.actor, member_of(request, pk), formats_of(request.actor)
    side = "partner" if member.partner_id else "staff"
    facts = [
        (_("E-mail"), member.user.email),
        (_("Phone"), member.user.phone),
        (_("Partner"), member.partner.name if member.partner else ""),
        (_("Role"), label_of(member.role.name)),
        (_("Since"), formats.datetime(member.created_at)),
        (_("Last seen"), formats.datetime(member.last_seen_at) if member.last_seen_at else ""),
    ]
    can = in_words(side, member.role.permissions, audiences_of(member))
    context = {
        "name": member.user.name or member.user.email,
        "active": member.is_active,
        "oneself": member.user_id == actor.user_id,
        "facts": [(label, value) for label, value in facts if value],
        "can": can,
        "list_url": f"/{actor.portal.slug}/people/",
    }
    doc = {"actions": _actions(actor, member), "timeline": _timeline(actor, member, formats)}
    return render(request, "people/person.html", {"one": context, "doc": doc})


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def act(request: PortalRequest, pk: int, verb: Verb) -> HttpResponse:
    """GET asks, POST acts."""
    actor, member = request.actor, member_of(request, pk)
    if not may_manage(actor, member):
        raise Refused(verb.name)
    sent = (request.POST,) if request.method == "POST" else ()
    form = verb.form(actor, member, *sent) if verb.form else forms.Form(*sent)
    if not sent:
        return _show(request, verb, member, form)
    if not form.is_valid():
        return _show(request, verb, member, form, 422)
    try:
        verb.do(actor, member, **form.cleaned_data)
    except NotNow as problem:
        return _show(request, verb, member, form, 409, problem.message)
    messages.success(request, f"{member}: {verb.done}")
    return Redirect(request, _url(actor, member))


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def sign_out_all(request: PortalRequest) -> HttpResponse:
    """After something went wrong: everybody but oneself and those who may more shows again who it is."""
    actor = request.actor
    if not actor.is_staff:
        raise Http404
    if not actor.may(MANAGE):
        raise Refused(MANAGE)
    base = f"/{actor.portal.slug}/"
    if request.method == "POST":
        people = formats_of(actor).number(actions.end_all_sessions(actor))
        messages.success(request, _("People who were signed out: %(people)s.") % {"people": people})
        return Redirect(request, f"{base}people/")
    context = {
        "title": _("Sign everybody out"),
        "question": _("Sign everybody out"),
        "explain": _(
            "All sessions of all people whom you manage end at once, also those in other portals. Yours stays."
        ),
        "submit": _("Sign everybody out"),
        "icon": "logout",
        "danger": True,
        "url": f"{base}people/sign-out/",
        "cancel_url": f"{base}people/",
        "form": forms.Form(),
    }
    return render(request, "action.html", {"act": context})


def _show(
    request: PortalRequest, verb: Verb, member: Membership, form: forms.Form, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {
        "title": str(verb.label),
        "question": str(verb.label),
        "subject": str(member),
        "explain": str(verb.explain),
        "submit": str(verb.label),
        "icon": verb.icon,
        "danger": verb.danger,
        "url": _url(request.actor, member, f"{verb.name}/"),
        "cancel_url": _url(request.actor, member),
        "form": form,
        "problem": problem,
    }
    template = "action_dialog.html" if wants_part(request) else "action.html"
    return render(request, template, {"act": context}, status=status)
