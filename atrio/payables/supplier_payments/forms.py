from django import forms
from django.utils.translation import gettext_lazy as _


class ReturnForm(forms.Form):
    """Why money came back."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))
