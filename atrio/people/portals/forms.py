"""What somebody types who opens a portal."""

from typing import cast

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from atrio.core.pages import LANGUAGES

from ..door.forms import Proof, choose_password, short_password
from ..models import User
from ..passwords import SHORTEST
from .making import LONGEST, SLUG, free_slug, objection, slug_of
from .places import countries, currencies, currency_of

LONGEST_PASSWORD = 128
SECRET = forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False)


def clean_slug(typed: str) -> str:
    """An address that can be had; of letters that only look Latin, none is taken for what it looks like."""
    slug = typed.strip().lower().strip("/")
    problem = objection(slug) if SLUG.fullmatch(slug) else _("Use small letters from a to z, digits and hyphens only.")
    if not problem:
        return slug
    if free := free_slug(typed):
        problem += " " + _("Free is: %(slug)s") % {"slug": free}
    raise ValidationError(problem, code="slug")


class SlugForm(forms.Form):
    slug = forms.CharField(
        label=gettext_lazy("Web address"),
        max_length=LONGEST,
        help_text=gettext_lazy("People will open the portal under this address. It cannot be changed later."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_slug(self) -> str:
        return clean_slug(self.cleaned_data["slug"])


class PortalForm(Proof, SlugForm):
    """A portal, and whoever will administer it: a stranger also chooses a password.

    Always with a proof that it was not sent by the thousand, whoever asks: an account is soon had."""

    name = forms.CharField(label=gettext_lazy("Name of the company"), max_length=120)
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language of the portal"), choices=LANGUAGES)
    person = forms.CharField(label=gettext_lazy("Your name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("Your e-mail"), max_length=254)
    password1 = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=SECRET,
    )
    password2 = forms.CharField(
        label=gettext_lazy("Repeat the password"), max_length=LONGEST_PASSWORD, strip=False, widget=SECRET
    )
    website = forms.CharField(required=False, max_length=200)  # people do not see it; programs fill it in

    field_order = ("name", "slug", "country", "currency", "language", "person", "email", "password1", "password2")

    def __init__(self, user, *args, request: HttpRequest, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        language = get_language() or settings.LANGUAGE_CODE
        offered = {"country": countries(language), "currency": [("", _("That of the country")), *currencies(language)]}
        for name, choices in offered.items():
            cast(forms.ChoiceField, self.fields[name]).choices = choices
        self.fields["slug"].required = False
        self.fields["name"].widget.attrs["autocomplete"] = "organization"
        self.fields["person"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        if user is not None:
            for name in ("person", "email", "password1", "password2"):
                del self.fields[name]
            return
        choose_password(self.fields["password1"], SHORTEST)
        short_password(self.fields["password2"])

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_person(self) -> str:
        return " ".join(self.cleaned_data["person"].split())

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(_("Leave this field empty."), code="robot")
        return ""

    def clean_slug(self) -> str:
        return clean_slug(self.cleaned_data["slug"] or slug_of(self.data.get("name", "")) or "-")

    def clean_password1(self) -> str:
        password = self.cleaned_data["password1"]
        about = User(email=self.data.get("email", "")[:254], name=self.data.get("person", "")[:120])
        validate_password(password, about)
        return password

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        cleaned["currency"] = cleaned.get("currency") or currency_of(cleaned.get("country", ""))
        self.check_proof()
        return cleaned

    def needs_proof(self) -> bool:
        return True
