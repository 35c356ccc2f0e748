"""Who was refused what, as lines of the server's log (ASVS 5.0, 16.3.2): JSON each, so that nobody forges one.

In no table, for a refusal changes nothing; and of the address neither what was asked for nor the secrets of links."""

import json
import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

log = logging.getLogger("atrio.refused")
REFUSED = (401, 403, 404, 409)
LONGEST = 200


def told(request: HttpRequest, status: int, **who: Any) -> None:
    """What somebody may not do, may not see, or may not do any more."""
    said = {"at": timezone.now().isoformat(timespec="seconds"), "status": status, "method": request.method}
    said |= {"path": _address(request), "from": request.META.get("REMOTE_ADDR", "")} | who
    log.warning("refused %s", json.dumps(said))


def of_person(request: Any, response: HttpResponseBase) -> None:
    """Of whoever is signed in; strangers who find nothing are nobody's attempt."""
    if response.status_code not in REFUSED or not request.user.is_authenticated:
        return
    actor = getattr(request, "actor", None)
    place = {"place": actor.membership_id} if actor is not None else {}
    told(request, response.status_code, person=request.user.pk, **place)


def _address(request: HttpRequest) -> str:
    """Within a portal as it is; elsewhere only where it leads, for there links have secrets."""
    path = request.path_info
    first = path.split("/", 2)[1]
    return f"/{first}/" if not first or first in settings.RESERVED_SLUGS else path[:LONGEST]
