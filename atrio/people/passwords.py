"""The password policy: as data for whoever types, and as the validators that decide."""

import re
import unicodedata

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from atrio.core.actor import PortalFacts
from atrio.core.crossing import portal_by_slug

LONGEST, SHORTEST = 128, 8
_COMMON = CommonPasswordValidator()
# What is thought of first at a portal between companies; docs/security.md names this list.
WORDS = frozenset(
    [
        "atrio",
        "portal",
        "proveedor",
        "proveedores",
        "cliente",
        "clientes",
        "fornecedor",
        "fornecedores",
        "supplier",
        "customer",
        "factura",
        "facturas",
        "fatura",
        "faturas",
        "invoice",
        "contraseña",
        "contrasena",
        "clave",
        "senha",
        "password",
        "bienvenido",
        "bienvenida",
        "benvindo",
        "bemvindo",
        "welcome",
        "colombia",
        "mexico",
        "méxico",
        "argentina",
        "chile",
        "peru",
        "perú",
        "brasil",
        "admin",
        "administrador",
        "usuario",
        "usuário",
    ]
)


def normalised(password: str) -> str:
    """The same characters, however a keyboard composes them (ASVS 5.0, 6.2; NIST SP 800-63B, 3.1.1.2).

    What is longer than any password is left as it is: Django refuses it unread."""
    return unicodedata.normalize("NFKC", password) if len(password) <= LONGEST else password


def shortest(settings: dict) -> int:
    """A portal may raise what is asked, never lower it."""
    asked = settings.get("password_min")
    return min(max(asked, SHORTEST), LONGEST) if isinstance(asked, int) else SHORTEST


def shortest_of(user) -> int:
    """The most that any of a person's portals asks."""
    return max((shortest(portal.settings) for portal in _portals_of(user)), default=SHORTEST)


def _portals_of(user) -> list[PortalFacts]:
    from .access import portals_of  # reason: the models use this module, and that one uses the models

    if user is None or user.pk is None:
        return []
    found = [portal_by_slug(slug) for slug in sorted({place["slug"] for place in portals_of(user.pk)})]
    return [portal for portal in found if portal]


def checklist(minimum: int = SHORTEST) -> list[tuple[str, str]]:
    """What is asked, by the name that the script knows it by."""
    return [
        ("length", _("%(number)s characters or more") % {"number": minimum}),
        ("digit", _("a digit")),
        ("upper", _("an upper-case letter")),
        ("lower", _("a lower-case letter")),
        ("special", _("a special character")),
    ]


class LengthValidator:
    """As long as the person's portals ask, and no longer than what a hash is worth."""

    def validate(self, password: str, user=None) -> None:
        minimum = shortest_of(user)
        if len(password) < minimum:
            text = _("The password needs %(number)s characters or more.") % {"number": minimum}
            raise ValidationError(text, code="password_too_short")
        if len(password) > LONGEST:
            text = _("The password may have %(number)s characters at most.") % {"number": LONGEST}
            raise ValidationError(text, code="password_too_long")

    def get_help_text(self) -> str:
        return _("%(number)s characters or more") % {"number": SHORTEST}


class KindsValidator:
    """At least one digit, one upper-case letter, one lower-case letter and one special character."""

    def validate(self, password: str, user=None) -> None:
        kinds = (
            (str.isdigit, _("a digit")),
            (str.isupper, _("an upper-case letter")),
            (str.islower, _("a lower-case letter")),
            (lambda c: not c.isalnum() and not c.isspace(), _("a special character")),
        )
        missing = [label for is_one, label in kinds if not any(is_one(c) for c in password)]
        if missing:
            text = _("The password needs %(kinds)s.") % {"kinds": ", ".join(missing)}
            raise ValidationError(text, code="password_kinds")

    def get_help_text(self) -> str:
        return _("Use digits, upper-case and lower-case letters and a special character.")


class WordsValidator:
    """Not just a word that everybody here thinks of first, with a number and a sign after it."""

    def validate(self, password: str, user=None) -> None:
        core = re.sub(r"[\W\d_]+", "", password).casefold()
        portals = (name.casefold() for portal in _portals_of(user) for name in (portal.slug, portal.name))
        if core in {*WORDS, *(re.sub(r"[\W\d_]+", "", name) for name in portals)}:
            text = _("The password is hardly more than the word “%(word)s”.") % {"word": core}
            raise ValidationError(text, code="password_word")

    def get_help_text(self) -> str:
        return ""


class CommonValidator:
    """No password that everybody tries, also not with a sign put before, behind or into it."""

    def validate(self, password: str, user=None) -> None:
        for one in (password, re.sub(r"[\W_]+", "", password)):
            _COMMON.validate(one, user)

    def get_help_text(self) -> str:
        return _COMMON.get_help_text()
