"""A session that a provider opened stays within the one place it vouches for; the account's own doors stay shut."""

from allauth.account.stages import LoginStage
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from atrio.core.pages import error_page

from ..access import WITHIN, reach_of

# What such a session may open of the account: to leave, and to show or set up what a portal asks for. A passkey, a
# password or an address given by it would open the account's other places.
OPEN = (
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/accounts/continue/",
    "/accounts/company/",
    "/accounts/email/back/",
    "/accounts/terms/",
    "/accounts/security/required/",
    "/accounts/security/code/",
    "/accounts/security/codes/",
    "/accounts/security/again/",
    "/accounts/security/app/",
)
# Under a portal's address, and yet of the whole account.
SHUT_INSIDE = ("profile/email/", "profile/data/", "profile/erase/", "profile/sessions/")


class WithinStage(LoginStage):
    """The last step of every sign-in: how far it reaches."""

    key = "within"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        reach = self.login.state.get(WITHIN)
        if reach:
            self.request.session[WITHIN] = reach
        else:
            self.request.session.pop(WITHIN, None)
        return None, True


def refused(request: HttpRequest) -> HttpResponse | None:
    """Pages of the account that a session of a provider does not open, of no portal and inside of one."""
    path = request.path_info
    inside = path.split("/", 2)[-1]
    of_the_account = path.startswith("/accounts/") and not path.startswith(OPEN) or inside.startswith(SHUT_INSIDE)
    if not of_the_account or reach_of(request.session) is None:
        return None
    said = _("You came in by your company's sign-in. Sign in with your password to change your account.")
    return error_page(request, 403, said)
