"""Jinja2 for every page: one language, autoescaped, with the few globals that all templates may use."""

from collections.abc import Callable, Hashable
from functools import lru_cache

from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils import translation
from jinja2 import Environment
from markupsafe import Markup

ICONS = "vendor/icons.svg"
FRAGMENTS = 2048  # kept by each process, some kilobytes each


@lru_cache(maxsize=1024)
def static(path: str) -> str:
    return staticfiles_storage.url(path)


@lru_cache(maxsize=512)
def icon(name: str) -> Markup:
    """A Tabler icon by name; decorative, so hidden from screen readers."""
    template = '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    return Markup(template).format(static(ICONS), name)


@lru_cache(maxsize=8192)
def said(language: str, text: str) -> str:
    return translation.gettext(text)


def gettext(text: str) -> str:
    """The text in the language of the page; a page says a hundred, most of them on every page."""
    return said(translation.get_language() or "", text)


_fragments: dict[Hashable, Markup] = {}


def kept(name: str, key: Hashable, caller: Callable[[], Markup]) -> Markup:
    """A piece of a page that is the same for everybody with this key, written once; without a key nothing is kept."""
    if not key:
        return caller()
    found = _fragments.get((name, key))
    if found is None:
        if len(_fragments) >= FRAGMENTS:
            _fragments.clear()
        found = _fragments[name, key] = caller()
    return found


def forget() -> None:
    """Let go of all that is kept: the catalogue of translations is another."""
    said.cache_clear()
    _fragments.clear()


class Pages(Environment):
    """Jinja's own, but `row.name` looks into a dictionary first: pages are made of them, and a miss is an exception."""

    def getattr(self, obj, attribute: str):
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def environment(**options) -> Environment:
    env = Pages(
        **options,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install = env.install_gettext_callables  # type: ignore[attr-defined]  # the i18n extension puts it there
    install(gettext, translation.ngettext, newstyle=False, pgettext=translation.pgettext)
    env.globals.update(icon=icon, static=static, _=gettext, kept=kept)
    return env
