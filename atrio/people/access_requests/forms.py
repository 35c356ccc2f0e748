"""What is typed about people who come in, and what is refused beside the field."""

from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core.formviews import PersonsForm
from atrio.core.pages import LANGUAGES

from .. import keys
from ..companies import CompaniesField
from ..models import Role
from . import granting, inviting
from .matching import matches
from .models import Reason, Side


class OneLine(forms.CharField):
    """A name: in one line, without marks that no one sees (line breaks of headers, directions of writing)."""

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value))
        return " ".join("".join(c if c.isprintable() else " " for c in text).split()) if "\0" not in text else text


class Phone(OneLine):
    """A telephone number, written as its country does or with `+`; kept as the whole world dials it."""

    country = ""

    def __init__(self, **options: Any):
        attrs = {"autocomplete": "tel", "inputmode": "tel"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs | {"type": "tel"}), **options)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            number = phonenumbers.parse(text, self.country or None)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            raise ValidationError(
                _("Write the phone with its area, and with + and its country if it is a foreign one.")
            )
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class RoleField(forms.CharField):
    """One of the roles that the person may give; its choices are known when somebody opens the form."""

    widget = forms.Select

    def __init__(self, **options: Any):
        super().__init__(label=gettext_lazy("Role"), max_length=80, **options)

    def widget_attrs(self, widget):
        return {}


class PlacedForm(PersonsForm):
    """Whom somebody is to act for, and with which role."""

    partners: Any = CompaniesField()
    role = RoleField()

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        roles: Any = self.fields["role"].widget
        roles.choices = granting.choices(self.actor)
        self.initial.setdefault("role", "partner:administrator")
        companies: Any = self.fields["partners"]
        companies.chosen_by(self.actor)

    def clean_role(self) -> Role:
        return granting.chosen(self.actor, self.cleaned_data["role"])

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        if "role" in cleaned and "partners" in cleaned:
            audience = "partner" if cleaned["partners"] or not self.actor.is_staff else "staff"
            try:
                granting.need_audience(cleaned["role"], audience)
            except ValidationError as problem:
                self.add_error("role", problem)
        return cleaned


class ApproveForm(PlacedForm):
    """The likeliest companies are proposed; nobody is linked without being looked at."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        found = [] if self.is_bound or self.document is None else self._proposed()
        if found:
            self.initial["partners"] = ", ".join(found)
        if self.document is not None and self.document.role_id:
            self.initial["role"] = granting.key(self.document.role)

    def _proposed(self) -> list[str]:
        known = [link.partner.code for link in self.document.links.select_related("partner")]
        return known or [one.code for one in matches(self.actor, self.document) if one.score >= 60][:1]


class InvitationForm(PlacedForm):
    """A person to invite: by staff into any company or their own ranks, by a company's administrator into it."""

    name = OneLine(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    phone = Phone(label=gettext_lazy("Phone"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    partners = CompaniesField(
        required=False,
        help_text=gettext_lazy("Write a part of the name, the code or the tax id. Empty for our own staff."),
    )
    field_order = ("name", "email", "phone", "language", "partners", "role")

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.initial.setdefault("language", self.actor.language)
        phone: Any = self.fields["phone"]
        phone.country = self.actor.portal.country
        if not self.actor.is_staff:
            del self.fields["partners"]

    def clean(self) -> dict:
        if not self.actor.is_staff:
            self.cleaned_data["partners"] = []
        return super().clean()


class RejectForm(forms.Form):
    reason_code = forms.ChoiceField(label=gettext_lazy("Reason"), choices=Reason)
    reason = forms.CharField(
        label=gettext_lazy("Explanation"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is sent by e-mail to whoever asked."),
    )


class DeactivateForm(PersonsForm):
    """Why, and what stops with the person."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        user = self.document.user if self.document and None in inviting.places(self.document) else None
        if user:
            keys.ask(self, self.actor, user)


SIDES = (("", "—"), *Side.choices)
