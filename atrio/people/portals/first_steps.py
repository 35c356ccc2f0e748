"""What a new portal still lacks, read from what there is; each step can be put aside."""

from dataclasses import dataclass, replace

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from atrio.core.actor import Actor, PortalRequest
from atrio.core.mail import server_of
from atrio.core.mailserver import installation_sends
from atrio.core.models import Portal
from atrio.core.pages import Redirect, render
from atrio.partners.models import Partner

from ..access_requests.models import INVITE
from ..models import Membership
from .rights import MANAGE, may, needs

ASIDE = "steps_aside"  # in the portal's settings


@dataclass(frozen=True)
class Step:
    name: str
    title: str
    text: str
    leads: str
    icon: str
    done: bool = False
    aside: bool = False


def steps(actor: Actor) -> list[Step]:
    """By what is there, with one query each at most."""
    aside = actor.portal.settings.get(ASIDE, [])
    done = _done(actor)
    brand = _("Logo, colour and the company's data, for pages, mails and PDFs.")
    invite = _("Invite those that have an e-mail, or share the address with them.")
    mail = _("The server through which invitations and notices leave.")
    load = _("Load them from a sheet or from the ERP.")
    found = (
        Step("brand", _("Brand"), brand, "settings/brand/", icon="palette"),
        Step("mail", _("E-mail"), mail, "settings/mail/", icon="mail"),
        Step("partners", _("Customers and suppliers"), load, "loads/?kind=partners", icon="database-import"),
        Step("invite", _("Invite"), invite, _inviting(actor), icon="users-plus"),
    )
    return [replace(one, done=done[one.name], aside=one.name in aside) for one in found]


def _inviting(actor: Actor) -> str:
    return "invitations/load/" if may(actor, INVITE) else "settings/share/"


def _done(actor: Actor) -> dict[str, bool]:
    portal = actor.portal
    others = Membership.objects.filter(portal_id=portal.id).exclude(user_id=actor.user_id)
    return {
        "brand": bool(portal.logo or portal.legal_name),
        "mail": installation_sends() or server_of(portal.id) is not None,
        "partners": Partner.objects.filter(portal_id=portal.id).exists(),
        "invite": others.exists(),
    }


def waiting(actor: Actor) -> bool:
    """Whether the home page leads to the first steps."""
    settings = actor.portal.settings
    if not may(actor, MANAGE) or not settings.get("first_steps"):
        return False
    return any(not one.done and not one.aside for one in steps(actor))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(MANAGE)
def show(request: PortalRequest) -> HttpResponse:
    actor = request.actor
    found = steps(actor)
    if request.method == "POST":
        _put_aside(actor, request.POST.get("aside", ""), {one.name for one in found})
        return Redirect(request, f"/{actor.portal.slug}/first-steps/")
    settled = [one for one in found if one.done or one.aside]
    context = {"steps": found, "settled": len(settled), "all": len(found)}
    context["next"] = next((one for one in found if one not in settled), None)
    return render(request, "portals/first_steps.html", context)


def _put_aside(actor: Actor, name: str, names: set[str]) -> None:
    """Or take it up again."""
    if name not in names:
        raise Http404
    portal = Portal.objects.select_for_update().get(pk=actor.portal.id)
    aside = set(portal.settings.get(ASIDE, []))
    portal.settings[ASIDE] = sorted(aside ^ {name})
    portal.save(update_fields=["settings"])
