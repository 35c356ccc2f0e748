"""What people type to prove a second factor."""

import struct
from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from atrio.core.encryption import Unreadable, decrypt, encrypt

from ..models import User
from .codes import checked, first_code

TYPED = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "maxlength": "20"}
SEALED = "factors.totp.secret"


def code_field(label) -> forms.CharField:
    return forms.CharField(label=label, max_length=20, widget=forms.TextInput(attrs=TYPED))


class _Code(forms.Form):
    user: User
    code = code_field(_("Code"))

    def clean_code(self) -> str:
        origin = context.request.META.get("REMOTE_ADDR", "")
        self.authenticator = checked(self.user, self.cleaned_data["code"], origin)
        return self.cleaned_data["code"]


class CodeForm(_Code, AuthenticateForm):
    """Of the app or of the recovery codes, on the way in."""


class CodeAgainForm(_Code, ReauthenticateForm):
    """The same before a sensitive change."""


class ActivateForm(ActivateTOTPForm):
    """The first code of a new app. Its secret waits in the session, sealed."""

    code = code_field(_("Code that the app shows"))

    def __init__(self, *args, **kwargs):
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = self._secret(again=self.is_bound)

    def _secret(self, *, again: bool) -> str:
        """The one that is shown already while it is being typed in, so that a slip costs no second scan."""
        from allauth.mfa.totp.internal.auth import generate_totp_secret

        session = context.request.session
        try:
            kept = decrypt(session.get(SEALED, ""))
        except Unreadable:
            kept = ""
        if not kept or not again:
            kept = generate_totp_secret()
            session[SEALED] = encrypt(kept)
        return kept

    def clean_code(self) -> str:
        self.counter = first_code(self.user, self.secret, self.cleaned_data["code"])
        return self.cleaned_data["code"]


UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError, struct.error)


class CredentialField(forms.JSONField):
    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as problem:  # brackets within brackets
            raise ValidationError(self.error_messages["invalid"], code="invalid") from problem


class _Passkey(forms.Form):
    """What a browser says of a passkey, or somebody who pretends to be one: nonsense is a refusal, not a failure."""

    credential = CredentialField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        parts = credential.get("response") if isinstance(credential, dict) else None
        if not isinstance(parts, dict) or not isinstance(credential.get("id"), str):
            raise self._problem()
        checked = getattr(super(), "clean_credential", None)
        try:
            return checked() if checked else credential
        except UNREADABLE as problem:
            raise self._problem() from problem

    def clean(self) -> dict[str, Any] | None:
        try:
            return super().clean()
        except UNREADABLE as problem:
            raise self._problem() from problem

    def _problem(self) -> ValidationError:
        return ValidationError(_("The passkey was not accepted. Try again."), code="incorrect_code")


class AddPasskeyForm(_Passkey, AddWebAuthnForm):
    pass


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_Passkey, ReauthenticateWebAuthnForm):
    pass


class PasskeyAloneForm(_Passkey, LoginWebAuthnForm):
    pass


class NameForm(forms.Form):
    """What a passkey is called."""

    name = forms.CharField(label=_("Name"), max_length=60)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name:
            raise ValidationError(_("Give it a name."))
        return name
