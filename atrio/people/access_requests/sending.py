"""Many invitations at once: a job sends them one by one, and goes on where a killed one was."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.crossing import portal_facts
from atrio.core.pages import Redirect, render
from atrio.core.scope import scope

from ..sudo import sudo
from . import actions, inviting
from .loading import allowed
from .models import AccessRequest, InvitationBatch, State


@require_POST
@sudo
def send(request: PortalRequest) -> HttpResponse:
    """Those ticked in the list, or all that were never invited."""
    from .jobs import send_invitations  # reason: the job does what this module says

    actor = allowed(request)
    inviting.need_mail(actor.portal)
    rows = AccessRequest.objects.visible_to(actor).filter(state=State.NOT_INVITED, role__isnull=False)
    if request.POST.get("all") != "1":
        ids = [int(i) for i in request.POST.getlist("ids") if i.isascii() and i.isdigit() and len(i) < 19]
        rows = rows.filter(pk__in=ids)
    chosen = list(rows.select_for_update().values_list("pk", flat=True))
    if not chosen:
        messages.error(request, _("Tick invitations that were not sent yet, with a role."))
        return Redirect(request, f"/{actor.portal.slug}/access_requests/?state={State.NOT_INVITED}")
    who = {"user_id": actor.user_id, "asked_by": actor.name[:120]}
    batch = InvitationBatch.objects.create(portal_id=actor.portal.id, total=len(chosen), **who)
    AccessRequest.objects.filter(portal_id=actor.portal.id, pk__in=chosen).update(batch=batch, problem="")
    send_invitations.defer(portal_id=actor.portal.id, batch_id=batch.pk)
    return Redirect(request, f"/{actor.portal.slug}/invitations/{batch.pk}/")


@require_GET
def progress(request: PortalRequest, pk: int) -> HttpResponse:
    """How far it is; while it runs the page asks again by itself."""
    actor = allowed(request)
    batch = InvitationBatch.objects.filter(portal_id=actor.portal.id, pk=pk).first()
    if batch is None:
        raise Http404
    left = AccessRequest.objects.filter(portal_id=actor.portal.id, batch=batch, state=State.NOT_INVITED)
    waiting, failed = left.filter(problem="").count(), left.exclude(problem="")
    sent = batch.total - waiting - failed.count()
    base = f"/{actor.portal.slug}/access_requests/"
    said = ngettext("%(sent)s of %(count)s invitation sent", "%(sent)s of %(count)s invitations sent", batch.total)
    context = {
        "running": bool(waiting),
        "percent": round(100 * (batch.total - waiting) / max(batch.total, 1)),
        "said": said % {"sent": sent, "count": batch.total},
        "failed": [{"email": one.email, "why": one.problem, "url": f"{base}{one.pk}/"} for one in failed[:200]],
        "url": request.path,
        "list_url": base,
    }
    return render(request, "access_requests/progress.html", {"batch": context})


def send_one(portal_id: int, batch_id: int) -> bool:
    """Send the next of a batch, in a transaction of its own; False when none is left.

    Who is being sent by another worker is passed over: it is sent once, or its worker's end gives it back."""
    actor = Actor.system(portal_facts(portal_id))
    with scope(actor):
        batch = InvitationBatch.objects.filter(portal_id=portal_id, pk=batch_id).first()
        if batch is None:
            return False
        waiting = AccessRequest.objects.filter(portal_id=portal_id, batch=batch, state=State.NOT_INVITED, problem="")
        doc = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
        if doc is None:
            return False
        by = replace(actor, name=batch.asked_by, user_id=batch.user_id, sure=True)  # asked when it ordered the batch
        try:
            actions.invite(by, doc)
        except NotNow as problem:
            waiting.filter(pk=doc.pk).update(problem=problem.message[:300])
        except Refused:
            waiting.filter(pk=doc.pk).update(problem=_("The role may not be given."))
    return True
