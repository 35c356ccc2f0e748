"""What people type about themselves."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import cast
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core.formats import DATE_STYLES, formats_for
from atrio.core.pages import LANGUAGES

from .models import User

THEMES = (
    ("auto", gettext_lazy("Like the system")),
    ("light", gettext_lazy("Light")),
    ("dark", gettext_lazy("Dark")),
    ("contrast", gettext_lazy("High contrast")),
)
# Of one's own, instead of the portal's; the style sheet has a rule for each.
ACCENTS = (
    ("blue", gettext_lazy("Blue")),
    ("teal", gettext_lazy("Teal")),
    ("green", gettext_lazy("Green")),
    ("violet", gettext_lazy("Violet")),
    ("rose", gettext_lazy("Rose")),
    ("orange", gettext_lazy("Orange")),
    ("graphite", gettext_lazy("Graphite")),
)
COUNTRIES = "CO AR BO CL CR CU DO EC ES GT HN MX NI PA PE PR PY SV UY VE"
LOCALES = [*(f"es_{country}" for country in COUNTRIES.split()), "pt_BR", "en_US", "en_GB"]
REGIONS = ("America", "Atlantic", "Pacific", "Europe", "Africa", "Asia", "Indian", "Australia")
# Never an "@": nobody takes somebody's e-mail.
USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]", re.ASCII)


@lru_cache(maxsize=1)
def time_zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Zones by region, America first; deprecated names are left out with the regions that hold them."""
    known = sorted(available_timezones())
    named = [(zone, zone.partition("/")[2].replace("_", " ")) for zone in known]
    groups = [(region, [(z, n) for z, n in named if z.startswith(f"{region}/")]) for region in REGIONS]
    return [*groups, ("UTC", [("UTC", "UTC")])]


def locales(language: str) -> list[tuple[str, str]]:
    """Number formats, each by an example and where it is used."""
    sample = Decimal("1234567.5")
    reader = language.replace("-", "_")
    named = [(name, Locale.parse(name).get_display_name(reader) or name) for name in LOCALES]
    return [(name, f"{formats_for(name, 'UTC').number(sample, 2)} · {label}") for name, label in named]


def date_styles(actor) -> list[tuple[str, str]]:
    formats = [(style, formats_for(actor.locale, actor.time_zone, style)) for style in DATE_STYLES]
    return [(style, one.date(one.today())) for style, one in formats]


class Select(forms.Select):
    """A list of hundreds, written in one go: Django's own asks a template for every choice."""

    def render(self, name, value, attrs=None, renderer=None):
        groups = self.optgroups(name, self.format_value(value), attrs)
        written = format_html_join("", "{}", ((self._group(label, options),) for label, options, _index in groups))
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs(self.attrs, {"name": name} | attrs)), written
        )

    def _group(self, label: str | None, options: list[dict]) -> str:
        rows = ((one["value"], " selected" if one["selected"] else "", one["label"]) for one in options)
        written = format_html_join("\n", '<option value="{}"{}>{}</option>', rows)
        return written if label is None else format_html('<optgroup label="{}">{}</optgroup>', label, written)


class ProfileForm(forms.ModelForm):
    """A person's own name and way of reading; an empty choice follows the portal."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False, widget=Select)
    locale = forms.ChoiceField(label=gettext_lazy("Number format"), required=False)
    date_style = forms.ChoiceField(label=gettext_lazy("Date format"), required=False)
    start_page = forms.ChoiceField(label=gettext_lazy("Start page"), required=False)
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), choices=THEMES, widget=forms.RadioSelect)
    accent = forms.ChoiceField(label=gettext_lazy("Accent colour"), required=False)

    class Meta:
        model = User
        fields: tuple[str, ...] = ("name", "username", "phone", "language", "time_zone", "locale", "date_style")
        fields += ("start_page", "theme", "accent")

    def __init__(self, actor, *args, pages: list[tuple[str, str]] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.country = actor.portal.country
        as_portal = ("", _("As the portal"))
        offered: dict[str, list] = {
            "language": [as_portal, *LANGUAGES],
            "time_zone": [("", f"{as_portal[1]}: {actor.portal.time_zone}"), *time_zones()],
            "locale": [("", _("As the language and the country")), *locales(actor.language)],
            "date_style": [("", _("As the language")), *date_styles(actor)],
            "start_page": [("", _("Home")), *(pages or [])],
            "accent": [as_portal, *ACCENTS],
        }
        for name, choices in offered.items():
            cast(forms.ChoiceField, self.fields[name]).choices = choices
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["phone"].widget.attrs |= {"autocomplete": "tel", "inputmode": "tel"}
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["username"].help_text = _("To sign in with, instead of the e-mail.")

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_username(self) -> str | None:
        typed = (self.cleaned_data["username"] or "").strip().lower()
        if not typed:
            return None
        if not USER_NAME.fullmatch(typed):
            raise ValidationError(_("3 letters or more from a to z, digits, points, hyphens."), code="username")
        if User.objects.filter(username__iexact=typed).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This user name is taken."), code="taken")
        return typed

    def clean_phone(self) -> str:
        """As it is dialled from abroad; without a country's code it is one of the portal's country."""
        typed = self.cleaned_data["phone"].strip()
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, self.country or None)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            raise ValidationError(_("Write the phone like +57 300 1234567."), code="phone")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class PreferenceForm(forms.Form):
    """The top bar's quick choices; what is not sent stays."""

    language = forms.ChoiceField(choices=LANGUAGES, required=False)
    theme = forms.ChoiceField(choices=THEMES, required=False)
