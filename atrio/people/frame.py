"""What every page knows beside the common frame: a view as a partner, and whether to tell of one's presence."""

from typing import Any

from django.http import HttpRequest

from atrio.core.formats import formats_of

PRESENT = "present"


def frame(request: HttpRequest) -> dict[str, Any]:
    """A context processor of every page."""
    actor, viewing = getattr(request, "actor", None), getattr(request, "viewing", None)
    if actor is None or viewing is not None or actor.membership_id is None:
        return {"viewing": viewing, "present_url": ""}
    known = request.session.get(PRESENT, {}).get(str(actor.membership_id))
    told = known == formats_of(actor).today().isoformat()
    return {"viewing": None, "present_url": "" if told else f"/{actor.portal.slug}/usage/present/"}
