"""Another e-mail for an account: asked for by its person, confirmed at the new address, told to the old one."""

import datetime as dt

from django import forms
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from atrio.core.actor import PortalFacts, PortalRequest
from atrio.core.crossing import portal_by_slug
from atrio.core.pages import error_page, render

from .. import letters, links
from ..accounts import happened, with_email
from ..letters import Letter
from ..models import SingleUseLink, User
from ..sessions import BEGAN
from ..sudo import sudo
from .taking_back import way_back

PURPOSE = "new_email"
LASTS = dt.timedelta(hours=2)


class AccountRequest(HttpRequest):
    """Of somebody who is signed in, outside of any portal."""

    user: User


class EmailForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("New e-mail"), max_length=254)

    def __init__(self, user: User, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if email == self.user.email.lower():
            raise forms.ValidationError(_("This is your e-mail already."), code="same")
        return email


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def change(request: PortalRequest) -> HttpResponse:
    """The same answer whether the new address has an account or not; only its owner reads which."""
    form = EmailForm(request.user, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "myself/email.html", {"form": form}, 422 if form.is_bound else 200)
    email = form.cleaned_data["email"]
    _ask(request.actor.portal, request.user, email, request.session.get(BEGAN, {}).get("since", ""))
    happened(request.user, "email_asked", origin=request.actor.origin)
    return render(request, "myself/email_sent.html", {"email": email})


def _ask(portal: PortalFacts, user: User, email: str, since: str) -> None:
    # Of this person only one address waits: a link to another one asked for before works no more.
    waiting = SingleUseLink.objects.filter(purpose=PURPOSE, user=user, used_at=None)
    for one in waiting.values_list("email", flat=True):
        links.void(PURPOSE, one)
    if with_email(email):
        letters.write(portal, user, _taken, email)
    else:
        asked = {"portal": portal.slug, "since": since or timezone.now().isoformat()}
        secret = links.make(PURPOSE, email, LASTS, user=user, facts=asked)
        letters.write(portal, user, lambda: _confirm(secret), email)
    letters.write(portal, user, lambda: _warning(portal, email))


def _confirm(secret: str) -> Letter:
    return Letter(
        subject=_("Confirm your new e-mail"),
        said=_("From then on you sign in with this e-mail. The link works once, for 2 hours."),
        path=f"/accounts/email/{secret}/",
        button=_("Confirm"),
        footer=_("If you did not ask for this, do nothing: then nothing changes."),
    )


def _taken() -> Letter:
    return Letter(
        subject=_("Confirm your new e-mail"),
        said=_("Somebody asked to use this e-mail for another account. It has an account already, so nothing changes."),
        footer=_("If you did not ask for this, do nothing: then nothing changes."),
    )


def _warning(portal: PortalFacts, email: str) -> Letter:
    return Letter(
        subject=_("Your e-mail is about to change"),
        said=_("Somebody signed in as you asked to change your e-mail to %(email)s.") % {"email": _masked(email)},
        path=f"/{portal.slug}/profile/",
        button=_("Open the profile"),
        footer=_("If it was not you, change your password now: that ends all other sessions."),
    )


def _masked(email: str) -> str:
    """Enough for the person to know its own address, too little for whoever reads the old mailbox."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def confirm(request: AccountRequest, secret: str) -> HttpResponse:
    """Looking changes nothing; the person who asked, signed in, presses the button."""
    link = links.look(PURPOSE, secret)
    if link is None or link.user_id != request.user.pk:
        return error_page(
            request,
            404,
            _("It was used, it is too old, or it is another account's."),
            title=_("This link works no more"),
        )
    if request.method != "POST":
        return render(request, "myself/email_confirm.html", {"email": link.email, "before": request.user.email})
    if not _changed(request, secret):
        return error_page(request, 409, _("This e-mail has an account already."))
    return render(request, "myself/email_changed.html", {"email": link.email})


def _changed(request: AccountRequest, secret: str) -> bool:
    try:
        with transaction.atomic():
            link = links.use(PURPOSE, secret)
            if link is None:
                return False
            user = User.objects.select_for_update().get(pk=request.user.pk)
            before, user.email = user.email, link.email
            user.save(update_fields=["email"])
            user.sessions.exclude(session_key=request.session.session_key).delete()
            happened(user, "email_changed", origin=request.META.get("REMOTE_ADDR", ""))
            _tell_old(link, user, before)
    except IntegrityError:  # somebody opened an account with it meanwhile
        return False
    return True


def _tell_old(link: SingleUseLink, user: User, before: str) -> None:
    if portal := portal_by_slug(link.facts["portal"]):
        path = way_back(user, before, link.facts)
        letters.write(portal, user, lambda: _changed_letter(user, path), before)


def _changed_letter(user: User, path: str) -> Letter:
    return Letter(
        subject=_("Your e-mail was changed"),
        said=_("You sign in with %(email)s from now on.") % {"email": _masked(user.email)},
        path=path,
        button=_("It was not me: take it back"),
        remark=_("The link works once, for 3 days, and needs no password."),
        footer=_("If it was not you, tell the administrator of the portal at once."),
    )
