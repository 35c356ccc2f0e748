"""Where administrators let programs in, see who they are, and shut them out."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from atrio.core.actions import Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.formats import Formats, formats_of
from atrio.core.pages import Redirect, render
from atrio.people.sudo import sudo

from ..models import ApiKey
from .forms import KeyForm
from .keys import make
from .owners import MANAGE, take_over, tell, with_owners

TITLES = {
    "active": _("Active"),
    "revoked": _("Revoked"),
    "expired": _("Expired"),
    "stopped": _("Stopped: its maker left"),
}


def may_manage(actor: Actor) -> bool:
    return actor.is_staff and actor.may(MANAGE)


def _allowed(request: PortalRequest) -> Actor:
    """Keys do not exist for partners, and are not for every employee."""
    if not request.actor.is_staff:
        raise Http404
    if not request.actor.may(MANAGE):
        raise Refused(MANAGE)
    return request.actor


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def index(request: PortalRequest) -> HttpResponse:
    """The keys of the portal, and a new one, whose secret is in this one answer and nowhere else."""
    actor = _allowed(request)
    if request.method != "POST":
        return _show(request, KeyForm(actor=actor))
    form = KeyForm(request.POST, actor=actor)
    if not form.is_valid():
        return _show(request, form, status=422)
    typed = form.cleaned_data
    key, text = make(actor, typed["name"], typed["scopes"], expires_at=form.expires_at, rate=typed["rate"])
    tell(actor, key, "key_made", scopes=key.scopes)
    return _show(request, KeyForm(actor=actor), secret=text)


@require_POST
def revoke(request: PortalRequest, pk: int) -> HttpResponse:
    actor, key = _asked(request, pk)
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        tell(actor, key, "key_revoked")
    return Redirect(request, _base(actor))


@require_POST
@sudo
def take(request: PortalRequest, pk: int) -> HttpResponse:
    """A key whose maker left goes on in the name of whoever takes it over."""
    actor, key = _asked(request, pk)
    take_over(actor, key)
    messages.success(request, gettext("The key works again. You answer for it now."))
    return Redirect(request, _base(actor))


def _asked(request: PortalRequest, pk: int) -> tuple[Actor, ApiKey]:
    actor = _allowed(request)
    key = ApiKey.objects.filter(portal_id=actor.portal.id, pk=pk).first()
    if key is None:
        raise Http404
    return actor, key


def _base(actor: Actor) -> str:
    return f"/{actor.portal.slug}/api-keys/"


def _show(request: PortalRequest, form: KeyForm, *, secret: str = "", status: int = 200) -> HttpResponse:
    actor, formats = request.actor, formats_of(request.actor)
    rows = with_owners(ApiKey.objects.filter(portal_id=actor.portal.id)).order_by("-pk")[:200]
    context = {
        "url": _base(actor),
        "form": form,
        "secret": secret,
        "address": request.build_absolute_uri(f"/{actor.portal.slug}/api/v1/"),
        "rows": [_row(key, _base(actor), formats) for key in rows],
    }
    response = render(request, "erp/api_keys.html", {"keys": context}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _row(key: Any, base: str, formats: Formats) -> dict:
    over = "revoked" if key.revoked_at else "expired" if key.expires_at and key.expires_at < timezone.now() else ""
    now = over or ("stopped" if key.stopped else "active")
    return {
        "name": key.name,
        "prefix": f"atrio_{key.prefix}_…",
        "scopes": ", ".join(key.scopes),
        "state": {"text": str(TITLES[now]), "colour": {"active": "green", "stopped": "amber"}.get(now, "gray")},
        "created": f"{formats.datetime(key.created_at)} · {key.created_by}",
        "expires": formats.datetime(key.expires_at),
        "used": formats.datetime(key.last_used_at),
        "revoke_url": "" if over else f"{base}{key.pk}/revoke/",
        "take_url": f"{base}{key.pk}/take-over/" if now == "stopped" else "",
    }
