"""What is typed at the door: to come in, to choose a password, to get a new one, to show that one is still there."""

import math

from allauth.account import forms as account
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import passwords
from . import attempts, challenges, tries

LONGEST_LOGIN = 254
LOCKED = "locked"


def locked(problem: tries.Locked) -> ValidationError:
    minutes = math.ceil(problem.wait / 60)
    return ValidationError(
        _("Too many attempts. Wait %(minutes)s min and try again.") % {"minutes": minutes}, code=LOCKED
    )


def short_password(field: forms.Field) -> None:
    """A megabyte is refused before anything is done with it; what is typed may be pasted, and shown."""
    field.validators.append(MaxLengthValidator(passwords.LONGEST))
    field.help_text = ""
    for name in ("placeholder", "maxlength"):
        field.widget.attrs.pop(name, None)
    field.widget.attrs["data-reveal"] = ""


def choose_password(field: forms.Field, minimum: int) -> None:
    """What is asked of a new password, beside it: plain words, which the script ticks while somebody types."""
    short_password(field)
    items = format_html_join(
        "", '<li data-rule="{}"><span>{} <span class="sr"></span></span></li>', passwords.checklist(minimum)
    )
    told = '<ul class="rules" data-rules="id_{}" data-min="{}" aria-live="polite">{}</ul>'
    field.help_text = format_html(told, "password1", minimum, items)
    field.widget.attrs |= {"autocomplete": "new-password", "passwordrules": f"minlength: {minimum};"}


class Proof(forms.Form):
    """A form that asks for a proof of work when it has been sent too often."""

    request: HttpRequest
    settings: dict
    answer_error = ""

    @property
    def challenge(self) -> challenges.Challenge | None:
        return challenges.make() if self.needs_proof() else None

    def needs_proof(self) -> bool:
        raise NotImplementedError

    def check_proof(self) -> None:
        if self.needs_proof() and not challenges.passed(self.request):
            self.answer_error = _("Answer the question, or let the check of your browser end.")
            raise ValidationError(_("We could not check that a person is typing. Try once more."), code="proof")


class SignInForm(Proof, account.LoginForm):
    """User name or e-mail in one field."""

    def __init__(self, *args, settings: dict | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.settings = settings or {}
        self.fields["login"].label = _("User name or e-mail")
        self.fields["login"].widget.attrs = {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
            "maxlength": str(LONGEST_LOGIN),
        }
        self.fields["login"].validators.append(MaxLengthValidator(LONGEST_LOGIN))
        short_password(self.fields["password"])
        self.fields["remember"].label = _("Keep me signed in")

    def needs_proof(self) -> bool:
        typed = self.cleaned_data.get("login", "") if self.is_bound and hasattr(self, "cleaned_data") else ""
        return attempts.needs_proof(self.request, self.settings, typed)

    def clean(self):
        if not self._errors:
            self.check_proof()
        return super().clean()


class PasswordForm(account.ChangePasswordForm):
    """A given password is really changed: the new one is another."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, label in (("oldpassword", _("Present password")), ("password2", _("New password, once more"))):
            self.fields[name].label = label
            short_password(self.fields[name])
        self.fields["password1"].label = _("New password")
        choose_password(self.fields["password1"], passwords.shortest_of(self.user))

    def clean_oldpassword(self) -> str:
        """Counted as at the door: whoever finds an open session does not find the password by trying."""
        typed = self.cleaned_data.get("oldpassword", "")
        try:
            tried = tries.count(tries.ACCOUNT, f"present {self.user.pk}")
        except tries.Locked as problem:
            raise locked(problem) from problem
        if not self.user.check_password(typed):
            raise ValidationError(_("This is not your present password."), code="enter_current_password")
        tried.give_back()
        return typed

    def clean(self) -> dict:
        cleaned = super().clean()
        new = cleaned.get("password1")
        if new and new == cleaned.get("oldpassword"):
            self.add_error("password1", _("Choose a password that differs from the present one."))
        return cleaned


class NewPasswordForm(account.SetPasswordForm):
    """The new password of somebody who came by a link."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password, once more")
        short_password(self.fields["password2"])
        choose_password(self.fields["password1"], passwords.shortest_of(self.user))


class ReauthenticateForm(account.ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        short_password(self.fields["password"])


class RecoveryForm(Proof):
    """By e-mail; nothing that it answers tells whether there is such an account."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=LONGEST_LOGIN)

    def __init__(self, *args, request: HttpRequest, settings: dict, **kwargs):
        super().__init__(*args, **kwargs)
        self.request, self.settings = request, settings
        self.fields["email"].widget.attrs |= {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}

    def needs_proof(self) -> bool:
        often = tries.number(tries.RECOVERING, attempts.place(self.request)) >= attempts.AFTER
        return self.settings.get("captcha") == "always" or often

    def clean(self):
        if not self.errors:
            self.check_proof()
            try:
                tries.count(tries.RECOVERING, attempts.place(self.request))
            except tries.Locked as problem:
                raise locked(problem) from problem
        return super().clean()


class StrictRecoveryForm(RecoveryForm):
    """Of a portal that asks for more than an e-mail; always with a proof of work."""

    tax_id = forms.CharField(label=gettext_lazy("Tax id of your company"), max_length=40)
    username = forms.CharField(label=gettext_lazy("User name"), max_length=LONGEST_LOGIN)
    field_order = ("tax_id", "username", "email")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}

    def needs_proof(self) -> bool:
        return True
