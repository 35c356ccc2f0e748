"""Where administrators let programs in, see who they are, and shut them out."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from atrio.core.actions import Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.formats import Formats, formats_of
from atrio.core.pages import Redirect, render

from ..models import ApiKey
from .forms import KeyForm
from .keys import MANAGE, make

TITLES = {"active": _("Active"), "revoked": _("Revoked"), "expired": _("Expired")}


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
def index(request: PortalRequest) -> HttpResponse:
    """The keys of the portal, and a new one, whose secret is in this one answer and nowhere else."""
    actor = _allowed(request)
    if request.method != "POST":
        return _show(request, KeyForm(actor=actor))
    form = KeyForm(request.POST, actor=actor)
    if not form.is_valid():
        return _show(request, form, status=422)
    typed = form.cleaned_data
    _key, text = make(actor, typed["name"], typed["scopes"], expires_at=form.expires_at, rate=typed["rate"])
    return _show(request, KeyForm(actor=actor), secret=text)


@require_POST
def revoke(request: PortalRequest, pk: int) -> HttpResponse:
    actor = _allowed(request)
    found = ApiKey.objects.filter(portal_id=actor.portal.id, pk=pk)
    if not found.exists():
        raise Http404
    found.filter(revoked_at=None).update(revoked_at=timezone.now())
    return Redirect(request, _base(actor))


def _base(actor: Actor) -> str:
    return f"/{actor.portal.slug}/api-keys/"


def _show(request: PortalRequest, form: KeyForm, *, secret: str = "", status: int = 200) -> HttpResponse:
    actor, formats = request.actor, formats_of(request.actor)
    rows = ApiKey.objects.filter(portal_id=actor.portal.id).order_by("-pk")[:200]
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


def _row(key: ApiKey, base: str, formats: Formats) -> dict:
    over = "revoked" if key.revoked_at else "expired" if key.expires_at and key.expires_at < timezone.now() else ""
    return {
        "name": key.name,
        "prefix": f"atrio_{key.prefix}_…",
        "scopes": ", ".join(key.scopes),
        "state": {"text": str(TITLES[over or "active"]), "colour": "gray" if over else "green"},
        "created": f"{formats.datetime(key.created_at)} · {key.created_by}",
        "expires": formats.datetime(key.expires_at),
        "used": formats.datetime(key.last_used_at),
        "revoke_url": "" if over else f"{base}{key.pk}/revoke/",
    }
