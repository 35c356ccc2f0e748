"""Letters about an account: to one address, in its reader's language, under a portal's name and through its server."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils import translation

from atrio.core import jobs, mail
from atrio.core.actor import Actor, PortalFacts
from atrio.core.scope import scope

from .access import language_of
from .models import User


@dataclass(frozen=True)
class Letter:
    """What a letter says; `path` is where its button leads, from the root of this site and of no other."""

    subject: str
    said: str
    path: str = ""
    button: str = ""
    remark: str = ""
    footer: str = ""


def send(portal: PortalFacts, email: str, name: str, language: str, letter: Letter) -> int:
    """Put a letter into the outbox; it leaves when the transaction commits.

    Its texts are to be made in the reader's language: `with translation.override(language)`."""
    portal_itself = Actor.system(portal)
    reader = replace(portal_itself, name=name, email=email, language=language)
    said = {"heading": letter.subject, "said": letter.said, "remark": letter.remark, "footer": letter.footer}
    url = f"{settings.BASE_URL}{letter.path}" if letter.path else ""
    with scope(portal_itself), translation.override(language):
        mail_id = mail.queue(reader, letter.subject, said | {"url": url, "button": letter.button})
        jobs.send_mail.defer(portal_id=portal.id, mail_id=mail_id)
    return mail_id


def write(portal: PortalFacts, user: User, make: Callable[[], Letter], email: str = "") -> int:
    """A letter to somebody who has an account, made in that person's language; to its own address or the given one."""
    language = language_of(user, portal)
    with translation.override(language):
        letter = make()
    return send(portal, email or user.email, user.name, language, letter)
