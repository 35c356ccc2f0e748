"""Beginning and ending a view as a partner."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from atrio.core.actions import Refused
from atrio.core.actor import PortalRequest
from atrio.core.pages import Redirect, render

from ..models import Membership
from ..permissions import VIEW_AS
from ..sudo import sudo
from . import view
from .forms import PartnerForm, ReasonForm, person_to_see


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def begin(request: PortalRequest) -> HttpResponse:
    actor = request.actor
    if not actor.is_staff:
        raise Http404
    if not actor.may(VIEW_AS):
        raise Refused(VIEW_AS)
    asked = request.GET.get("person", "")
    member = person_to_see(actor, asked)
    if asked and member is None:
        raise Http404
    sent = (request.POST,) if request.method == "POST" else ()
    form = ReasonForm(*sent) if member else PartnerForm(actor, *sent)
    if not sent or not form.is_valid():
        return _show(request, form, member, 422 if sent else 200)
    typed = form.cleaned_data
    partner = member.partner if member and member.partner else typed["partner"]
    role = member.role if member else typed["role"]
    made = view.start(actor, partner, role, member, typed["reason"])
    request.session[view.KEY] = {"portal": actor.portal.id, "id": made.pk, "until": made.until.isoformat()}
    return Redirect(request, f"/{actor.portal.slug}/")


def _show(request: PortalRequest, form: ReasonForm, member: Membership | None, status: int) -> HttpResponse:
    base = f"/{request.actor.portal.slug}/"
    context = {
        "title": _("View as a partner"),
        "question": _("View as a partner"),
        "subject": f"{member} · {member.partner}" if member else "",
        "explain": _(
            "For 30 minutes at most, and read-only. It is on record, and the partner's administrators are told."
        ),
        "submit": _("Begin"),
        "url": request.get_full_path(),
        "cancel_url": f"{base}people/{member.pk}/" if member else base,
        "form": form,
    }
    return render(request, "action.html", {"act": context}, status=status)


@require_POST
def end(request: PortalRequest) -> HttpResponse:
    """Back to one's own eyes; also when the time is over already."""
    known = request.session.pop(view.KEY, None)
    if known and known["portal"] == request.actor.portal.id:
        view.end(request.actor, known["id"])
        messages.success(request, _("You see the portal with your own eyes again."))
    return Redirect(request, f"/{request.actor.portal.slug}/")
