"""The portal's mail server: set, tried out, and explained in words when it does not answer."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from functools import partial

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from atrio.core import events, mailserver
from atrio.core.actions import NotNow
from atrio.core.actor import Actor, PortalRequest
from atrio.core.encryption import encrypt
from atrio.core.formats import formats_of
from atrio.core.mail import one_line, sender_of, server_of
from atrio.core.models import MailSettings
from atrio.core.pages import Redirect, error_page, render

from ..outside import Outside
from ..sudo import sudo
from .rights import MAIL, needs

TRIED = ("host", "port", "security", "login", "secret", "sender")
HOST = r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$"


class MailForm(forms.ModelForm):
    """The kept password is never shown; an empty field leaves it as it is."""

    host = forms.RegexField(HOST, label=gettext_lazy("Mail server"), max_length=253)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=587)
    secret = forms.CharField(
        label=gettext_lazy("Password at the mail server"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    forget = forms.BooleanField(label=gettext_lazy("Forget the kept password"), required=False)

    class Meta:
        model = MailSettings
        fields = ("host", "port", "security", "login", "secret", "forget", "sender_name", "sender", "reply_to")
        widgets = {"login": forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"})}

    def __init__(self, *args, refused: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.kept, self.refused = self.instance.secret, refused
        if self.kept:
            self.fields["secret"].help_text = _("One is kept. Leave this empty to keep it.")
        else:
            del self.fields["forget"]
        self.initial["secret"] = ""
        self.fields["sender_name"].help_text = _("Without one, the portal's name.")

    def clean_host(self) -> str:
        """Refused where it is named, not when the first invitation fails."""
        if self.refused:
            raise ValidationError(self.refused)
        return self.cleaned_data["host"].lower()

    def clean_sender_name(self) -> str:
        return one_line(self.cleaned_data["sender_name"], 80)

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        typed = cleaned.get("secret")
        moved = self.instance.pk and {"host", "port", "security"} & set(self.changed_data)
        if moved and self.kept and not typed and not cleaned.get("forget"):
            # Or whoever may set the server, but not know the password, has it sent to a server of their own.
            self.add_error("secret", _("The server changed: type its password again."))
        kept = "" if cleaned.get("forget") else self.kept
        cleaned["secret"] = encrypt(typed) if typed else kept
        return cleaned


class TestForm(forms.Form):
    to = forms.EmailField(label=gettext_lazy("Send a test to"), max_length=254)


def _settings(actor: Actor) -> MailSettings:
    return server_of(actor.portal.id) or MailSettings(portal_id=actor.portal.id, sender=actor.portal.email)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(MAIL)
@sudo
def edit(request: PortalRequest) -> HttpResponse:
    if request.method == "POST":
        return Outside(partial(forbidden, request.POST.get("host", "").lower()), partial(_save, request))
    kept = _settings(request.actor)
    return _show(request, MailForm(instance=kept), kept)


def forbidden(host: str) -> str:
    """Why a portal may not name this host, in words. A name that nobody knows today is said by the test."""
    if not re.fullmatch(HOST, host):
        return ""
    try:
        mailserver.allowed_address(host, 587)
    except mailserver.Forbidden as refused:
        return str(refused)
    except (OSError, UnicodeError):
        pass
    return ""


def _save(request: PortalRequest, refused: str) -> HttpResponse:
    actor = request.actor
    kept = _settings(actor)
    form = MailForm(request.POST, instance=kept, refused=refused)
    if not form.is_valid():
        return _show(request, form, server_of(actor.portal.id), 422)
    changed = sorted(set(form.changed_data) - {"forget"})
    kept.tested_at, kept.last_error = None, ""
    form.save()
    events.record(actor, kept, "changed_settings", {"fields": changed}, internal=True)
    messages.success(request, _("The mail server was saved. Send a test now."))
    return Redirect(request, f"/{actor.portal.slug}/settings/mail/")


@require_POST
@needs(MAIL)
@sudo
def test(request: PortalRequest) -> HttpResponse:
    """A real attempt, now: what the server answers stands beside the field that it is about."""
    actor, kept = request.actor, server_of(request.actor.portal.id)
    form = TestForm(request.POST)
    if kept is None or not form.is_valid():
        shown = MailForm(instance=kept or _settings(actor))
        return _show(request, shown, kept, 422, test=form, problem=_("Save the mail server first.") if not kept else "")
    if not ratelimit.consume(request, action="mail_test", user=request.user):
        return error_page(request, 429)
    return Outside(partial(attempt, actor, kept, form.cleaned_data["to"]), partial(_tested, request, form, kept))


def _tested(request: PortalRequest, form: TestForm, tried: MailSettings, answer: tuple[str, str]) -> HttpResponse:
    actor, (field, said) = request.actor, answer
    kept = MailSettings.objects.select_for_update().filter(pk=tried.pk).first()
    if kept is None or any(getattr(kept, name) != getattr(tried, name) for name in TRIED):
        raise NotNow(_("Somebody changed the mail server while it was tried. Send a test again."))
    kept.tested_at, kept.last_error = (None, said) if said else (timezone.now(), "")
    kept.save(update_fields=["tested_at", "last_error"])
    events.record(actor, kept, "tested", {"text": said} if said else {}, internal=True)
    if not said:
        messages.success(request, _("The test left. Look whether it arrived."))
        return Redirect(request, f"/{actor.portal.slug}/settings/mail/")
    return _failed(request, kept, form, field, said)


def _failed(request: PortalRequest, kept: MailSettings, form: TestForm, field: str, said: str) -> HttpResponse:
    values = {name: getattr(kept, name) for name in MailForm.Meta.fields if name not in ("secret", "forget")}
    shown = MailForm(values, instance=kept)
    shown.is_valid()
    shown.add_error(field, said) if field in shown.fields else form.add_error("to", said)
    return _show(request, shown, kept, 422, test=form, problem=_("The test did not leave."))


def attempt(actor: Actor, kept: MailSettings, to: str) -> tuple[str, str]:
    """The field at fault and what is wrong, both empty where nothing is."""
    subject = one_line(_("Test of the mail server of %(name)s") % {"name": actor.portal.name})
    text = _("This mail says that %(name)s can send mail.") % {"name": actor.portal.name}
    try:
        message = EmailMultiAlternatives(subject, text, sender_of(actor, kept), [to])
        message.connection = mailserver.connection_of(kept)
        message.send()
    except (OSError, ValueError) as problem:
        return explained(problem)
    return "", ""


def _answer(problem: BaseException) -> str:
    said = getattr(problem, "smtp_error", b"") or str(problem).encode()
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:300]


# What fails, the field that it is about, and what to say of it; the first that fits.
CAUSES: tuple[tuple[type | tuple[type, ...], str, Callable[[], str]], ...] = (
    (mailserver.Forbidden, "host", lambda: "%(answer)s"),
    (socket.gaierror, "host", lambda: _("Nobody knows a server of this name.")),
    (TimeoutError, "host", lambda: _("The server does not answer. Check its name and port.")),
    (ConnectionRefusedError, "port", lambda: _("Nothing answers at this port.")),
    (ssl.SSLCertVerificationError, "security", lambda: _("The server's certificate is not valid for this name.")),
    (ssl.SSLError, "security", lambda: _("The server does not speak TLS at this port. STARTTLS may be right.")),
    (smtplib.SMTPNotSupportedError, "security", lambda: _("The server offers no such encryption or sign-in.")),
    (smtplib.SMTPAuthenticationError, "secret", lambda: _("The server refuses user name or password: %(answer)s")),
    (smtplib.SMTPSenderRefused, "sender", lambda: _("The server refuses this sender: %(answer)s")),
    (smtplib.SMTPRecipientsRefused, "to", lambda: _("The server refuses this receiver: %(answer)s")),
    (smtplib.SMTPServerDisconnected, "port", lambda: _("The server hung up. Check port and encryption.")),
    (smtplib.SMTPException, "host", lambda: _("The server answers: %(answer)s")),
    (Exception, "host", lambda: _("The server cannot be reached: %(answer)s")),
)


def explained(problem: Exception) -> tuple[str, str]:
    field, words = next((field, words) for kinds, field, words in CAUSES if isinstance(problem, kinds))
    return field, words() % {"answer": _answer(problem)}


def _records(actor: Actor, kept: MailSettings | None) -> list[dict]:
    """What the sender's domain has to publish, or mail of ours looks like somebody else's."""
    domain = (kept.sender if kept else actor.portal.email).rpartition("@")[2] or "example.com"
    host = kept.host if kept else "mail.example.com"
    post = f"postmaster@{domain}"
    spf = _("which servers may send for the domain; with a provider, its own include")
    dkim = _("the key that your mail server signs with: it gives you the text")
    dmarc = _("what receivers do with mail that fails both")
    found = (
        ("SPF", domain, f"v=spf1 a:{host} mx -all", spf),
        ("DKIM", f"…._domainkey.{domain}", "v=DKIM1; k=rsa; p=…", dkim),
        ("DMARC", f"_dmarc.{domain}", f"v=DMARC1; p=quarantine; rua=mailto:{post}", dmarc),
    )
    return [dict(zip(("name", "host", "text", "why"), one, strict=True)) for one in found]


def _show(
    request: PortalRequest,
    form: MailForm,
    kept: MailSettings | None,
    status: int = 200,
    *,
    test: TestForm | None = None,
    problem: str = "",
) -> HttpResponse:
    actor = request.actor
    saved = kept if kept and kept.pk else None
    context = {
        "form": form,
        "test": test or TestForm(initial={"to": actor.email}),
        "saved": saved,
        "tested": formats_of(actor).datetime(saved.tested_at) if saved and saved.tested_at else "",
        "problem": problem,
        "by_installation": mailserver.installation_sends(),
        "by_outbox": mailserver.outbox_is_read(),
        "records": _records(actor, saved),
    }
    return render(request, "portals/mail_settings.html", context, status)
