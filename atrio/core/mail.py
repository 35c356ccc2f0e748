"""Mail: every message is a row first, then sent by a job through the portal's own server."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import get_template
from django.utils import timezone

from .actor import Actor
from .models import Event, Mail


def one_line(text: str, limit: int = 200) -> str:
    """A header's value: no line breaks, so that no name or number can add headers of its own."""
    return " ".join(text.split())[:limit]


def queue(to: Actor, subject: str, context: dict, event: Event | None = None) -> int:
    """Write the message in the receiver's language, as text and HTML; a job sends it."""
    context = context | {"portal": to.portal, "name": to.name, "language": to.language}
    bodies = [get_template(f"mail.{form}", using="pages").render(context) for form in ("txt", "html")]
    values = {"portal_id": to.portal.id, "subject": one_line(subject), "text": bodies[0], "html": bodies[1]}
    made, _fresh = Mail.objects.get_or_create(event=event, to=to.email, defaults=values)
    return made.pk


def send(actor: Actor, mail_id: int) -> OSError | None:
    """Send one message unless it went already; the server's refusal is kept on the row and handed back."""
    mail = Mail.objects.select_for_update().filter(pk=mail_id, portal_id=actor.portal.id).first()
    if mail is None or mail.state == Mail.State.SENT:
        return None
    sender = f"{one_line(actor.portal.name, 80)} <{settings.DEFAULT_FROM_EMAIL}>"
    message = EmailMultiAlternatives(mail.subject, mail.text, sender, [mail.to])
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    mail.attempts += 1
    problem = None
    try:
        message.send()
        mail.state, mail.sent_at, mail.error = Mail.State.SENT, timezone.now(), ""
    except OSError as refused:  # smtplib's errors and the network's are OSErrors
        mail.state, mail.error, problem = Mail.State.FAILED, str(refused)[:2000], refused
    mail.save()
    return problem
