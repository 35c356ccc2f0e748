"""A change of e-mail is taken back from the old address, for three days, whoever has the account and the new one now.

It undoes what the session did that asked for the change: the address, and second factors that it set up. Sessions end,
and the password is to be recovered by the old address (docs/decisions/016)."""

import datetime as dt

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from atrio.core.crossing import portal_by_slug
from atrio.core.pages import error_page, render

from .. import letters, links
from ..accounts import happened
from ..door import sessions
from ..door.browsers import address_of
from ..letters import Letter
from ..models import KnownDevice, SingleUseLink, User

PURPOSE, LASTS = "email_back", dt.timedelta(days=3)


def way_back(user: User, before: str, asked: dict) -> str:
    """The address for the letter to the old mailbox; `asked` is what was noted down when the change was asked for."""
    facts = {"portal": asked["portal"], "since": asked.get("since") or timezone.now().isoformat()}
    return f"/accounts/email/back/{links.make(PURPOSE, before, LASTS, user=user, facts=facts)}/"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def take_back(request: HttpRequest, secret: str) -> HttpResponse:
    """Looking changes nothing; who holds the link reads the old mailbox, and need not be able to sign in."""
    link = links.look(PURPOSE, secret)
    if link is None or link.user is None or not link.user.is_active or link.user.email == link.email:
        return error_page(request, 404, _("It was used, it is too old, or there is nothing to take back."),
                          title=_("This link works no more"))  # fmt: skip
    if request.method == "POST" and not _taken_back(secret, address_of(request)):
        return error_page(request, 409, _("The address belongs to another account by now. Tell whoever runs the site."))
    context = {"email": link.email, "done": request.method == "POST"}
    return render(request, "myself/email_back.html", context)


def _taken_back(secret: str, origin: str) -> bool:
    try:
        with transaction.atomic():
            link = links.use(PURPOSE, secret)
            if link is None:  # somebody was faster
                raise Http404
            user = User.objects.select_for_update().get(pk=link.user_id)
            left, user.email = user.email, link.email
            user.set_unusable_password()
            user.save(update_fields=["email", "password"])
            _shut(user, link)
            happened(user, "email_taken_back", origin=origin)
            _tell(user, link, left)
    except IntegrityError:  # somebody opened an account with it meanwhile
        return False
    return True


def _shut(user: User, link: SingleUseLink) -> None:
    """All ways in that the other hand may have opened. Links of older addresses still work: the oldest has the last
    word."""
    waiting = SingleUseLink.objects.filter(user=user, used_at=None, expires_at__gt=timezone.now())
    waiting.filter(~Q(purpose=PURPOSE) | Q(pk__gt=link.pk)).update(expires_at=timezone.now())
    sessions.end_all(user)
    KnownDevice.objects.filter(user=user).delete()
    since = dt.datetime.fromisoformat(link.facts["since"])
    Authenticator.objects.filter(user=user, created_at__gte=since).delete()
    delete_dangling_recovery_codes(user)


def _tell(user: User, link: SingleUseLink, left: str) -> None:
    if portal := portal_by_slug(link.facts["portal"]):
        letters.write(portal, user, _letter, left)


def _letter() -> Letter:
    return Letter(
        subject=_("Change of e-mail taken back"),
        said=_("The owner of the account took the change to this address back. It opens the account no more."),
    )
