"""What the portal sent by mail and what became of it; what was refused can be sent again.

The text of a mail is not shown: it may carry a link that is meant for one person. Only a trial that sends nothing shows
it to administrators, who could not follow any link otherwise."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from atrio.core import jobs
from atrio.core.actions import NotNow, Refused
from atrio.core.actor import PortalRequest
from atrio.core.doctypes import Column, DocumentType, Filter, Search
from atrio.core.formats import formats_of
from atrio.core.mailserver import outbox_is_read
from atrio.core.models import Mail
from atrio.core.pages import Redirect, render

SEND = "outbox.send"
COLOURS = {"queued": "gray", "sending": "blue", "sent": "green", "failed": "amber", "refused": "red"}
OUTBOX = DocumentType(
    model=Mail,
    word="outbox",
    title=_("Outgoing mail"),
    noun=_("Mail"),
    icon="mail",
    area="outbox",
    document=False,
    sort="-created_at",
    states=COLOURS,
    columns=(
        Column("created_at", _("When"), "datetime"),
        Column("to", _("Recipient"), sort=False),
        Column("subject", _("Subject"), sort=False),
        Column("state", _("State"), "state", sort=False),
        Column("attempts", _("Attempts"), sort=False),
        Column("error", _("Answer"), sort=False, shown=False),
    ),
    filters=(
        Filter("state", _("State"), choices=lambda: list(Mail.State.choices)),
        Filter("created_at", _("When"), "dates", path="created_at__date"),
        Filter("to", _("Recipient"), "text"),
    ),
    search=Search(numbers=(), by_partner=False),
)


def _mail(request: PortalRequest, pk: int) -> Mail:
    found = Mail.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _may_send_again(mail: Mail) -> bool:
    return mail.state in (Mail.State.FAILED, Mail.State.REFUSED, Mail.State.SENDING)


@require_GET
def show(request: PortalRequest, pk: int) -> HttpResponse:
    mail, formats, base = _mail(request, pk), formats_of(request.actor), f"/{request.actor.portal.slug}/outbox/"
    facts = [
        (_("Recipient"), mail.to),
        (_("When"), formats.datetime(mail.created_at)),
        (_("Attempts"), formats.number(mail.attempts)),
        (_("Sent on"), formats.datetime(mail.sent_at) if mail.sent_at else ""),
    ]
    said = {
        "subject": mail.subject,
        "state": {"text": capfirst(mail.get_state_display()), "colour": COLOURS[mail.state]},
        "facts": [(label, value) for label, value in facts if value],
        "error": mail.error,
        "again_url": f"{base}{pk}/send/" if _may_send_again(mail) and request.actor.may(SEND) else "",
        "back_url": base,
        "text": mail.text if outbox_is_read() and request.actor.may("*") else "",
    }
    return render(request, "home/mail.html", {"mail": said})


@require_POST
def send_again(request: PortalRequest, pk: int) -> HttpResponse:
    """Into the queue once more; the message that arrives is the same one, by its Message-ID."""
    mail = _mail(request, pk)
    if not request.actor.may(SEND):
        raise Refused("send")
    with transaction.atomic():
        mail = Mail.objects.visible_to(request.actor).select_for_update().get(pk=mail.pk)
        if not _may_send_again(mail):
            raise NotNow(gettext("This mail is on its way already, or was sent."))
        Mail.objects.filter(pk=mail.pk).update(state=Mail.State.QUEUED)
        jobs.send_mail.defer(portal_id=mail.portal_id, mail_id=mail.pk)
    messages.success(request, gettext("The mail is sent again."))
    return Redirect(request, f"/{request.actor.portal.slug}/outbox/{pk}/")
