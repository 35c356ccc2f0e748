"""Mail: every message is a row first, then sent by a job through the portal's own server."""

import smtplib
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import get_template
from django.utils import timezone

from .actor import Actor, PortalFacts
from .mailserver import connection_of, installation_sends, outbox_is_read
from .models import Event, Mail, MailSettings
from .scope import scope

FINAL = 500


def one_line(text: str, limit: int = 200) -> str:
    """A header's value: no line breaks, so that no name or number can add headers of its own."""
    return " ".join(text.split())[:limit]


def server_of(portal_id: int) -> MailSettings | None:
    """The portal's own server; within the scope of its staff or of the portal itself."""
    return MailSettings.objects.filter(portal_id=portal_id).first()


def can_send(portal: PortalFacts) -> bool:
    """Whether what the portal sends arrives somewhere; who wants to invite before it does is led to the settings."""
    if installation_sends() or outbox_is_read():
        return True
    with scope(Actor.system(portal)):
        return server_of(portal.id) is not None


def queue(to: Actor, subject: str, context: dict, event: Event | None = None) -> int:
    """Write the message in the receiver's language, as text and HTML; a job sends it."""
    context = context | {"site": settings.BASE_URL, "portal": to.portal, "name": to.name, "language": to.language}
    bodies = [get_template(f"mail.{form}", using="pages").render(context) for form in ("txt", "html")]
    values = {"portal_id": to.portal.id, "subject": one_line(subject), "text": bodies[0], "html": bodies[1]}
    if event is None:
        return Mail.objects.create(to=to.email, **values).pk
    made, _fresh = Mail.objects.get_or_create(event=event, to=to.email, defaults=values)
    return made.pk


def send(actor: Actor, mail_id: int) -> Exception | None:
    """Send one message unless it went already; what may work later is handed back, what never will is not.

    No transaction is open while a slow server is talked to. The attempt is written down before it: after a crash
    between the server's yes and ours the message goes out once more, under the same Message-ID."""
    with scope(actor):
        waiting = Mail.objects.select_for_update().filter(pk=mail_id, portal_id=actor.portal.id)
        mail = waiting.exclude(state__in=(Mail.State.SENT, Mail.State.REFUSED)).first()
        if mail is None:
            return None
        mail.state, mail.attempts = Mail.State.SENDING, mail.attempts + 1
        mail.save(update_fields=["state", "attempts"])
        own = server_of(actor.portal.id)
    problem: Exception | None = None
    try:
        message_of(actor, mail, own).send()
        mail.state, mail.sent_at, mail.error = Mail.State.SENT, timezone.now(), ""
    except (OSError, ValueError) as refused:  # smtplib's errors and the network's are OSErrors; a bad address is not
        final, mail.error = _understood(refused)
        mail.state, problem = (Mail.State.REFUSED, None) if final else (Mail.State.FAILED, refused)
    with scope(actor):
        mail.save(update_fields=["state", "sent_at", "error"])
    return problem


def sender_of(actor: Actor, own: MailSettings | None) -> str:
    name = one_line((own.sender_name if own else "") or actor.portal.name, 80)
    return formataddr((name, own.sender if own else settings.DEFAULT_FROM_EMAIL))


def message_of(actor: Actor, mail: Mail, own: MailSettings | None = None) -> EmailMultiAlternatives:
    sender = sender_of(actor, own)
    address = parseaddr(sender)[1]
    known_by = f"<{mail.portal_id}.{mail.pk}.{mail.created_at:%Y%m%d%H%M%S%f}@{address.rpartition('@')[2]}>"
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        sender,
        [mail.to],
        headers={"Message-ID": known_by},
        reply_to=[own.reply_to] if own and own.reply_to else None,
        connection=connection_of(own),
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def _understood(problem: Exception) -> tuple[bool, str]:
    """Whether the receiver or the message is refused for good, and in which words; what the server has against us,
    a password or a sender, may be mended."""
    code, text = 0, str(problem).encode() or type(problem).__name__.encode()
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(problem.recipients.values()))
    elif isinstance(problem, smtplib.SMTPResponseException):
        said = problem.smtp_error
        code, text = problem.smtp_code, said if isinstance(said, bytes) else said.encode()
    final = code >= FINAL and isinstance(problem, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError))
    words = f"{code or ''} {text.decode(errors='replace')}".strip()[:2000]
    return final or isinstance(problem, (ValueError, smtplib.SMTPNotSupportedError)), words
