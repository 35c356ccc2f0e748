"""Keys of programs that a person made: they live above the people, so settings name the module that knows them."""

from functools import lru_cache
from importlib import import_module
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from atrio.core.actor import Actor

from .models import User


@lru_cache(maxsize=1)
def _owners() -> Any:
    return import_module(settings.KEYS_OF_PEOPLE)


def ask(form: forms.Form, actor: Actor, user: User) -> None:
    """On a form that closes somebody's place on the staff: which keys stop with it, and whether to keep them going.

    Only staff read of keys."""
    names = _owners().made_by(actor.portal.id, user.pk) if actor.is_staff else []
    if not names:
        return
    listed = format_html_join(", ", "<strong>{}</strong>", ((name,) for name in names))
    said = format_html(_("These API keys stop with the person who made them: {}."), listed)
    may = bool(actor.user_id) and actor.may(_owners().MANAGE)
    own = _("Take the keys over, as far as I may do what they may")
    label = own if may else _("Whoever manages API keys can take them over later")
    form.fields["take_over"] = forms.BooleanField(label=label, required=False, disabled=not may, help_text=said)


def take_over(actor: Actor, user_id: int) -> None:
    _owners().take_over_from(actor, user_id)
