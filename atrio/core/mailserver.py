"""The server that a portal's mail leaves by: its own, or the installation's; never one inside our own network."""

import ipaddress
import smtplib
import socket

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _

from .encryption import Unreadable, decrypt
from .models import MailSettings

PATIENCE = 15  # seconds for each answer of the server
PORTS = (25, 465, 587, 2525)  # of mail servers; others would make of us a way to knock at doors
SPEECHLESS = ("console", "dummy", "filebased")  # Django's back ends from which nothing goes out


class Forbidden(OSError):
    """A host inside our own network, or a port that is none of a mail server's."""


def installation_sends() -> bool:
    return settings.EMAIL_BACKEND.split(".")[-2] not in SPEECHLESS


def outbox_is_read() -> bool:
    """In a trial without a mail server, administrators read in the outbox what would have been sent."""
    return settings.TRIAL and not installation_sends()


def allowed_address(host: str, port: int) -> str:
    """The host's address, if a portal may have us talk to it; connecting to this very one leaves no second answer."""
    found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not settings.PRIVATE_SMTP:
        if port not in PORTS:
            raise Forbidden(_("Mail servers answer at port 25, 465, 587 or 2525."))
        if not all(ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found):
            raise Forbidden(_("This host is inside the network of this installation, where portals may not go."))
    return str(found[0])


class Guarded(smtplib.SMTP):
    """Connects only where a portal may have us go; certificates are still compared with the name."""

    def _get_socket(self, host, port, timeout):
        return socket.create_connection((allowed_address(host, port), port), timeout, self.source_address)


class GuardedTls(smtplib.SMTP_SSL, Guarded):
    pass


class PortalBackend(EmailBackend):
    @property
    def connection_class(self):
        return GuardedTls if self.use_ssl else Guarded


def connection_of(own: MailSettings | None) -> BaseEmailBackend:
    if own is None:
        return get_connection()
    try:
        password = decrypt(own.secret)
    except Unreadable as problem:
        raise ConnectionError(_("The password that is kept cannot be read any more: type it again.")) from problem
    return PortalBackend(
        host=own.host,
        port=own.port,
        username=own.login,
        password=password,
        use_tls=own.security == MailSettings.Security.STARTTLS,
        use_ssl=own.security == MailSettings.Security.TLS,
        timeout=PATIENCE,
    )
