"""The password policy's own part: four kinds of characters."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


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
