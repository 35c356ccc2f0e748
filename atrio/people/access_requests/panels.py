"""What only the page of an access request shows: which companies it may be about, and those it is for."""

from django.template.loader import get_template
from markupsafe import Markup

from atrio.core.actor import PortalRequest

from . import granting, inviting
from .matching import matches
from .models import DECIDE, AccessRequest, State


def _drawn(template: str, **context) -> Markup:
    return Markup(get_template(template, using="pages").render(context))  # noqa: S704 (escaped when rendered)


def suggestions(request: PortalRequest, doc: AccessRequest) -> Markup | None:
    """Before it is decided: the partners that it may be about, each with why."""
    actor = request.actor
    if doc.state != State.PENDING or not actor.is_staff or not actor.may(DECIDE):
        return None
    base = f"/{actor.portal.slug}/"
    rows = [{"match": one, "url": f"{base}partners/{one.pk}/"} for one in matches(actor, doc)]
    settings_url = "" if inviting.mail_ready(actor.portal) else f"{base}{inviting.MAIL_SETTINGS}"
    return _drawn("access_requests/matches.html", rows=rows, settings_url=settings_url)


def places(request: PortalRequest, doc: AccessRequest) -> Markup | None:
    """For which companies, and with which role; with several companies only staff read this page at all."""
    if doc.role_id is None:
        return None
    companies = [one.partner for one in doc.links.select_related("partner")]
    base = f"/{request.actor.portal.slug}/partners/" if request.actor.is_staff else ""
    role, staff = granting.title(doc.role), not companies
    rows = [{"name": one.name, "code": one.code, "url": base and f"{base}{one.pk}/"} for one in companies]
    return _drawn("access_requests/places.html", rows=rows, role=role, staff=staff, problem=doc.problem)
