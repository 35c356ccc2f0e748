"""Keys of programs that a person made: they live above the people, so settings name the function that finds them."""

from functools import lru_cache

from django.conf import settings
from django.utils.html import escape
from django.utils.module_loading import import_string

from atrio.core.actor import Actor

from .models import AccessRequest


@lru_cache(maxsize=1)
def _finder():
    return import_string(settings.KEYS_MADE_BY)


def made_by(actor: Actor, doc: AccessRequest) -> list[str]:
    """Names of keys in force; only staff read them. They are shown as help, which is HTML."""
    if not actor.is_staff or doc.user is None:
        return []
    return [escape(name) for name in _finder()(actor.portal.id, doc.user.name)]
