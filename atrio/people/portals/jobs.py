"""Letters that belong to no portal yet: they leave by the installation's own server."""

from dataclasses import asdict

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import get_template
from django.utils import translation
from procrastinate.contrib.django import app

from atrio.core.actor import PortalFacts
from atrio.core.jobs import AGAIN
from atrio.core.mail import one_line

from ..letters import Letter

NOBODYS = PortalFacts(id=0, slug="", name="Atrio")


def write_outside(email: str, name: str, language: str, letter: Letter) -> None:
    """Put it into the queue; it leaves when the transaction commits."""
    send_outside.defer(email=email, name=name, language=language, letter=asdict(letter))


@app.task(queue="mail", retry=AGAIN)
def send_outside(email: str, name: str, language: str, letter: dict) -> None:
    said = {"heading": letter["subject"], "url": f"{settings.BASE_URL}{letter['path']}"}
    with translation.override(language):
        context = letter | said | {"portal": NOBODYS, "name": name, "language": language}
        text, html = (get_template(f"mail.{form}", using="pages").render(context) for form in ("txt", "html"))
    message = EmailMultiAlternatives(one_line(letter["subject"]), text, settings.DEFAULT_FROM_EMAIL, [email])
    message.attach_alternative(html, "text/html")
    message.send()
