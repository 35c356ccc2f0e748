"""The portal's address, to hand on: copied, by WhatsApp, or as a QR code."""

from io import BytesIO
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from atrio.core.actor import Actor, PortalRequest
from atrio.core.pages import render

from .rights import needs

TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def link_of(actor: Actor) -> str:
    """From the site's own address, whatever host the request named."""
    return f"{settings.BASE_URL}/{actor.portal.slug}/"


@require_GET
@needs("")
def show(request: PortalRequest) -> HttpResponse:
    link = link_of(request.actor)
    text = _("Enter the portal of %(name)s: %(link)s") % {"name": request.actor.portal.name, "link": link}
    context = {"link": link, "text": text, "whatsapp": f"https://wa.me/?{urlencode({'text': text})}"}
    return render(request, "portals/share.html", context)


@require_GET
@needs("")
def code(request: PortalRequest, form: str) -> HttpResponse:
    out = BytesIO()
    # Error level Q: also printed on a box, a quarter of it may be worn off.
    picture = segno.make(link_of(request.actor), error="q", micro=False)
    picture.save(out, kind=form, scale=10 if form == "png" else 1, border=4)
    name = f"{request.actor.portal.slug}.{form}"
    headers = {"Content-Disposition": f'{"attachment" if "save" in request.GET else "inline"}; filename="{name}"'}
    return HttpResponse(out.getvalue(), content_type=TYPES[form], headers=headers)
