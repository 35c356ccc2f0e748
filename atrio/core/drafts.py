"""What a person typed and has not sent: kept on the server, so that no refusal and no expired session loses it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from .actor import Actor, PortalRequest
from .formats import formats_of
from .models import FormDraft

LONGEST = 200_000
NOT_KEPT = ("csrfmiddlewaretoken", "_add", "_draft", "version", "password")
UNSENT = "unsent"


def key_of(request: HttpRequest) -> str:
    return request.get_full_path()[:200]


def _encoded(data: QueryDict) -> str:
    return urlencode([(k, v) for k, values in data.lists() for v in values if k not in NOT_KEPT])


def _decoded(payload: str) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in parse_qsl(payload, keep_blank_values=True, max_num_fields=20_000):
        query.appendlist(name, value)
    return query


def _mine(actor: Actor, key: str):
    return FormDraft.objects.filter(portal_id=actor.portal.id, user_id=actor.user_id, path=key)


def keep(actor: Actor, key: str, data: QueryDict) -> None:
    """Remember what was typed, whatever becomes of it."""
    payload = _encoded(data)
    if len(payload) > LONGEST:
        return
    owner: dict[str, Any] = {"portal_id": actor.portal.id, "user_id": actor.user_id, "path": key}
    FormDraft.objects.update_or_create(**owner, defaults={"payload": payload})


def keep_unsent(request: HttpRequest) -> None:
    """A form that arrives after its session ended waits in the visitor's session for the sign-in that follows."""
    payload = _encoded(request.POST)
    if payload and len(payload) <= LONGEST:
        request.session[UNSENT] = {key_of(request): payload}


def restored(request: PortalRequest, key: str) -> tuple[QueryDict | None, str]:
    """What was typed, and since when it waits."""
    unsent = request.session.get(UNSENT, {})
    if key in unsent:
        return _decoded(unsent[key]), _("just now")
    draft = _mine(request.actor, key).first()
    return (_decoded(draft.payload), formats_of(request.actor).datetime(draft.at)) if draft else (None, "")


def forget(request: PortalRequest, key: str) -> None:
    _mine(request.actor, key).delete()
    unsent = request.session.get(UNSENT, {})
    if unsent.pop(key, None) is not None:
        request.session[UNSENT] = unsent
