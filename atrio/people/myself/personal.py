"""One's own data: taken along as a file, or erased; what happened to documents stays sealed (docs/decisions/013)."""

import json
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import IO

from django.apps import apps
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.db.models import Model
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from atrio.core.actor import Actor, PortalRequest
from atrio.core.crossing import portal_by_slug
from atrio.core.models import Event, Follower, FormDraft, Mail, Note, Notification, SavedView
from atrio.core.pages import Redirect, render
from atrio.core.scope import scope

from ..access import enter, portals_of
from ..accounts import happened
from ..models import Membership, SingleUseLink, User
from ..sudo import sudo

IN_MEMORY = 2**20
ABOUT = "email username name phone language locale date_style time_zone theme accent start_page"
ABOUT += " notices created_at last_login"
# What a place has of its person: the model, the column that names the person, and what is told of each row.
OF_A_PLACE: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Membership, "user_id", ("partner__name", "role__name", "is_active", "created_at")),
    (Event, "user_id", ("at", "doctype", "document_id", "kind", "facts", "actor_name", "origin")),
    (Note, "user_id", ("at", "doctype", "document_id", "text", "internal")),
    (Notification, "user_id", ("at", "doctype", "document_id", "read_at")),
    (Follower, "user_id", ("doctype", "document_id")),
    (SavedView, "user_id", ("doctype", "name", "query")),
    (FormDraft, "user_id", ("path", "payload", "at")),
)


def written(user: User, out: IO[bytes]) -> None:
    """A ZIP of JSON: the account, and for each place what there is of the person, read as that person."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _entry(
            archive,
            "account.json",
            {name: getattr(user, name) for name in [*ABOUT.split(), "created_at", "last_login"]},
        )
        _entry(archive, "sessions.json", list(user.sessions.values("expire_date")))
        for actor in _own_places(user):
            folder = f"{actor.portal.slug}-{actor.membership_id}"
            with scope(actor):
                for model, column, names in OF_A_PLACE:
                    found = model._base_manager.filter(**{"portal_id": actor.portal.id, column: user.pk})
                    with archive.open(f"{folder}/{model._meta.db_table}.ndjson", "w") as entry:
                        entry.writelines(_lines(found.order_by("pk").values(*names).iterator(chunk_size=1000)))


def _own_places(user: User) -> Iterator[Actor]:
    """The person's actor in each of its places."""
    for place in portals_of(user.pk):
        if actor := enter(place["slug"], user, place["membership_id"]):
            yield actor


def _entry(archive: zipfile.ZipFile, name: str, content: object) -> None:
    archive.writestr(name, json.dumps(content, default=str, ensure_ascii=False, indent=2))


def _lines(rows: Iterator[dict]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, default=str, ensure_ascii=False).encode() + b"\n"


@require_GET
def show(request: PortalRequest) -> HttpResponse:
    alone = alone_in(request.user)
    return render(request, "myself/data.html", {"alone": alone})


@require_POST
@sudo
def take(request: PortalRequest) -> HttpResponseBase:
    out = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (the response closes it)
    written(request.user, out)
    happened(request.user, "data_taken", origin=request.actor.origin)
    out.seek(0)
    name = f"atrio-{timezone.localdate():%Y-%m-%d}.zip"
    return FileResponse(out, as_attachment=True, filename=name, content_type="application/zip")


def alone_in(user: User, *, hold: bool = False) -> list[str]:
    """Portals that would be without an administrator if the person left; held, two who leave at once are one."""
    found = []
    for place in portals_of(user.pk):
        portal = portal_by_slug(place["slug"])
        if portal is None or place["partner_name"]:
            continue
        with scope(Actor.system(portal)):
            staff = Membership.objects.order_by("pk")
            staff = staff.select_for_update(of=("self",)) if hold else staff
            staff = staff.filter(portal_id=portal.id, partner=None, is_active=True, user__is_active=True)
            can = [one for one in staff.select_related("role") if "*" in one.role.permissions]
        if any(one.user_id == user.pk for one in can) and len({one.user_id for one in can}) == 1:
            found.append(portal.name)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def erase(request: PortalRequest) -> HttpResponse:
    """For good: the account is nobody's afterwards."""
    user = request.user
    if request.method != "POST":
        return render(request, "myself/erase.html", {"alone": alone_in(user), "word": _word()})
    if alone := alone_in(user, hold=True):
        return render(request, "myself/erase.html", {"alone": alone, "word": _word()}, 409)
    typed = request.POST.get("sure", "")
    if typed.strip().lower() != _word().lower():
        problem = _("Write %(word)s to go on.") % {"word": _word()}
        said = {"alone": [], "word": _word(), "problem": problem, "typed": typed[:200]}
        return render(request, "myself/erase.html", said, 422)
    erased(user, request.actor.origin)
    logout(request)
    messages.success(request, _("Your account was erased."))
    return Redirect(request, "/accounts/login/")


def _word() -> str:
    return _("ERASE")


@transaction.atomic
def erased(user: User, origin: str = "") -> None:
    """The person's name, address and choices go, with all that lets somebody in; documents keep what they say."""
    happened(user, "erased", origin=origin)
    for place in portals_of(user.pk):
        _leave(user, place)
    for model, column in _keys():
        model._base_manager.filter(**{column: user.pk}).delete()
    SingleUseLink.objects.filter(email__iexact=user.email).delete()
    user.sessions.all().delete()
    name = _("Erased person %(number)s") % {"number": user.pk}
    plain = User(email=f"erased-{secrets.token_hex(8)}@erased.invalid", name=name)
    plain.set_unusable_password()
    fields = [f.name for f in User._meta.concrete_fields if f.name not in ("id", "created_at")]
    for field in fields:
        setattr(user, field, getattr(plain, field))
    user.is_active = False
    user.save(update_fields=fields)


def _leave(user: User, place: dict) -> None:
    portal = portal_by_slug(place["slug"])
    if portal is None:
        return
    itself = Actor.system(portal)
    with scope(itself):
        Membership.objects.filter(portal_id=portal.id, user=user).update(is_active=False)
        Notification.objects.filter(portal_id=portal.id, user=user).delete()
        Follower.objects.filter(portal_id=portal.id, user=user).delete()
        Mail.objects.filter(portal_id=portal.id, to__iexact=user.email).update(
            to="erased@erased.invalid", subject="", text="", html="", error=""
        )
    with scope(replace(itself, user_id=user.pk)):  # the database shows these to their person only
        SavedView.objects.filter(portal_id=portal.id, user=user).delete()
        FormDraft.objects.filter(portal_id=portal.id, user=user).delete()


def _keys() -> Iterator[tuple[type[Model], str]]:
    """Rows of no portal that belong to an account, whatever brings them: second factors, identities, devices."""
    for model in apps.get_models():
        if model in (User, Membership) or hasattr(model, "POLICY"):
            continue
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                yield model, field.attname
