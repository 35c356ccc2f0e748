"""Roles as a matrix of what there is and what may be done with it, and who can do what."""

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.formats import formats_of
from atrio.core.pages import Redirect, render, wants_part

from ..models import Membership, Role
from ..permissions import ROLES, SIDES, allows, label_of, matrix
from ..roles import is_built_in
from ..roles import label_of as name_of
from ..sudo import sudo
from . import actions
from .forms import RoleForm, rows_of

MOST_PEOPLE = 500


def _allowed(request: PortalRequest) -> Actor:
    """Roles do not exist for partners, and are not for every employee."""
    if not request.actor.is_staff:
        raise Http404
    if not request.actor.may(ROLES):
        raise Refused(ROLES)
    return request.actor


def _base(actor: Actor) -> str:
    return f"/{actor.portal.slug}/roles/"


def _role(actor: Actor, pk: object) -> Role:
    """One of this portal's roles: an id of another's is nobody's."""
    found = Role.objects.filter(portal_id=actor.portal.id, pk=pk).first()
    if found is None:
        raise Http404
    return found


def _side_label(side: str) -> str:
    return _("Staff") if side == "staff" else _("Partners")


@require_GET
def index(request: PortalRequest) -> HttpResponse:
    actor = _allowed(request)
    having = Membership.objects.filter(portal_id=actor.portal.id, is_active=True).values_list("role_id")
    counts = dict(having.annotate(people=Count("pk")).order_by())
    rows = list(Role.objects.filter(portal_id=actor.portal.id).order_by("name"))
    formats, base = formats_of(actor), _base(actor)
    sides = [
        {
            "name": side,
            "title": _side_label(side),
            "new_url": f"{base}new/?audience={side}",
            "roles": [
                {
                    "name": name_of(role.name),
                    "built_in": is_built_in(role),
                    "people": formats.number(counts.get(role.pk, 0)),
                    "url": f"{base}{role.pk}/",
                }
                for role in rows
                if role.audience == side
            ],
        }
        for side in SIDES
    ]
    return render(request, "roles/list.html", {"roles": {"sides": sides}})


@require_GET
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    actor = _allowed(request)
    role, base = _role(actor, pk), _base(actor)
    editable = actions.may_edit(actor, role)
    having = Membership.objects.filter(portal_id=actor.portal.id, role=role).select_related("user", "partner")
    context = {
        "name": name_of(role.name),
        "side": _side_label(role.audience),
        "built_in": is_built_in(role),
        "rows": rows_of(matrix(role.audience), lambda one: allows(role.permissions, one.name), lambda name: True),
        "who_url": f"{base}who/?may=",
        "list_url": base,
        "copy_url": f"{base}new/?audience={role.audience}&copy={role.pk}",
        "edit_url": f"{base}{pk}/edit/" if editable else "",
        "delete_url": f"{base}{pk}/delete/" if editable else "",
        "people": _people(actor, having.order_by("user__name")[:MOST_PEOPLE]),
    }
    return render(request, "roles/role.html", {"role": context})


def _people(actor: Actor, members) -> list[dict]:
    return [
        {
            "name": str(one),
            "partner": one.partner.name if one.partner else "",
            "role": name_of(one.role.name),
            "active": one.is_active,
            "url": f"/{actor.portal.slug}/people/{one.pk}/" if actor.may("people.view") else "",
        }
        for one in members
    ]


@require_GET
def who(request: PortalRequest) -> HttpResponse:
    """Who can do this? By the roles that allow it, and the people who have one of them."""
    actor, asked = _allowed(request), request.GET.get("may", "")[:100]
    if asked and not label_of(asked):
        raise Http404
    context = {"choices": _choices(asked), "label": "", "list_url": _base(actor)}
    return render(request, "roles/who.html", {"who": context | (_those_who(actor, asked) if asked else {})})


def _choices(asked: str) -> list[dict]:
    """All that may be allowed, once each, in the order of the matrix."""
    known: dict[str, dict] = {}
    for group in (group for side in SIDES for group in matrix(side)):
        options = known.setdefault(str(group.title), {})
        options.update({one.name: {"value": one.name, "label": str(one.label)} for one in group.permissions})
    return [
        {"title": title, "options": [one | {"chosen": one["value"] == asked} for one in options.values()]}
        for title, options in known.items()
    ]


def _those_who(actor: Actor, asked: str) -> dict:
    roles = Role.objects.filter(portal_id=actor.portal.id)
    roles = roles.filter(Q(permissions__contains=[asked]) | Q(permissions__contains=["*"])).order_by("audience", "name")
    having = Membership.objects.filter(portal_id=actor.portal.id, is_active=True, user__is_active=True, role__in=roles)
    people = _people(
        actor, having.select_related("user", "partner", "role").order_by("user__name", "pk")[: MOST_PEOPLE + 1]
    )
    return {
        "label": label_of(asked),
        "roles": [
            {"name": name_of(r.name), "side": _side_label(r.audience), "url": f"{_base(actor)}{r.pk}/"} for r in roles
        ],
        "people": people[:MOST_PEOPLE],
        "more": len(people) > MOST_PEOPLE,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def new(request: PortalRequest) -> HttpResponse:
    """A role from nothing, or from a copy of one."""
    actor = _allowed(request)
    side = request.GET.get("audience", "staff")
    if side not in SIDES:
        raise Http404
    if request.method != "POST":
        return _show(request, RoleForm(actor, side, initial=_copied(request, actor, side)), side)
    form = RoleForm(actor, side, request.POST)
    if not form.is_valid():
        return _show(request, form, side, status=422)
    try:
        role = actions.create(actor, side, **form.cleaned_data)
    except NotNow as problem:
        return _said(request, form, side, problem)
    messages.success(request, _("The role was made."))
    return Redirect(request, f"{_base(actor)}{role.pk}/")


def _copied(request: PortalRequest, actor: Actor, side: str) -> dict:
    """The copy's ticks: all that the role allows and its maker may give; of "everything", all that there is today."""
    asked = request.GET.get("copy", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return {}
    source = _role(actor, int(asked))
    if source.audience != side:
        raise Http404
    form = RoleForm(actor, side)
    allowed = [one.name for group in matrix(side) for one in group.permissions if allows(source.permissions, one.name)]
    name = _("%(role)s (copy)") % {"role": name_of(source.name)}
    return {"name": name[:60], "permissions": [one for one in allowed if form.gives(one)]}


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    actor = _allowed(request)
    role = _role(actor, pk)
    if not actions.may_edit(actor, role):
        raise Refused(ROLES)
    side = role.audience
    if request.method != "POST":
        typed = {"name": role.name, "permissions": role.permissions}
        return _show(request, RoleForm(actor, side, role=role, initial=typed), side, role)
    form = RoleForm(actor, side, request.POST, role=role)
    if not form.is_valid():
        return _show(request, form, side, role, 422)
    try:
        actions.edit(actor, role, **form.cleaned_data)
    except NotNow as problem:
        return _said(request, form, side, problem, role)
    messages.success(request, _("The role was changed. It takes effect with the next click of whoever has it."))
    return Redirect(request, f"{_base(actor)}{pk}/")


def _said(request: PortalRequest, form: RoleForm, side: str, problem: NotNow, role: Role | None = None) -> HttpResponse:
    form.add_error("name", problem.message)
    return _show(request, form, side, role, problem.status)


def _show(
    request: PortalRequest, form: RoleForm, side: str, role: Role | None = None, status: int = 200
) -> HttpResponse:
    base = _base(request.actor)
    context = {
        "form": form,
        "title": _("Change role") if role else _("New role"),
        "side": _side_label(side),
        "url": request.get_full_path(),
        "cancel_url": f"{base}{role.pk}/" if role else base,
        "list_url": base,
    }
    return render(request, "roles/form.html", {"role": context}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    actor = _allowed(request)
    role = _role(actor, pk)
    if not actions.may_edit(actor, role):
        raise Refused(ROLES)
    if request.method != "POST":
        return _ask(request, role)
    try:
        actions.delete(actor, role)
    except NotNow as problem:
        return _ask(request, role, problem.message, problem.status)
    messages.success(request, _("The role was deleted."))
    return Redirect(request, _base(actor))


def _ask(request: PortalRequest, role: Role, problem: str = "", status: int = 200) -> HttpResponse:
    base = f"{_base(request.actor)}{role.pk}/"
    context = {
        "title": _("Delete role"),
        "question": _("Delete role"),
        "subject": role.name,
        "explain": _("Only a role that nobody has can be deleted."),
        "submit": _("Delete role"),
        "danger": True,
        "url": f"{base}delete/",
        "cancel_url": base,
        "form": forms.Form(),
        "problem": problem,
    }
    template = "action_dialog.html" if wants_part(request) else "action.html"
    return render(request, template, {"act": context}, status=status)
