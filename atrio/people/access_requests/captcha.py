"""Whether a person filled in a public form: it was shown a moment ago, not just now and not yesterday.

`problem` is the one place that asks; whoever has a better question puts it here."""

import time

from django.core import signing
from django.utils.translation import gettext as _

TOO_FAST = 2  # seconds
TOO_OLD = 60 * 60 * 12
_SALT = "atrio.people.access_requests"


def token(about: str) -> str:
    """To be put into the form when it is shown."""
    return signing.dumps([about, time.time()], salt=_SALT)


def problem(about: str, sent: str) -> str:
    """Why this was not filled in by a person, in words; empty when it seems so."""
    try:
        shown_for, at = signing.loads(sent[:300], salt=_SALT)
    except signing.BadSignature:
        shown_for, at = "", 0.0
    if shown_for != about:
        return _("This form could not be checked. Please send it once more.")
    if time.time() - at > TOO_OLD:
        return _("This form is too old. Please send it once more.")
    if time.time() - at < TOO_FAST:
        return _("That was very fast. Wait a moment, and send it once more.")
    return ""
