"""Whom to see the portal as, and why."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core.actor import Actor
from atrio.partners.models import Partner

from ..members.forms import RoleChoice
from ..models import Membership, Role

REASON = 300


class ReasonForm(forms.Form):
    """As a person: only the reason is open."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The partner's administrators read it."),
    )


class PartnerForm(ReasonForm):
    """As anybody of a partner who has some role."""

    partner = forms.CharField(label=gettext_lazy("Partner (code, tax id or name)"), max_length=200)
    role = RoleChoice(queryset=Role.objects.none(), label=gettext_lazy("Role"), empty_label=None)
    field_order = ["partner", "role", "reason"]

    def __init__(self, actor: Actor, *args):
        super().__init__(*args)
        self.actor = actor
        field = self.fields["role"]
        assert isinstance(field, RoleChoice)
        field.queryset = Role.objects.filter(portal_id=actor.portal.id, audience="partner").order_by("name")

    def clean_partner(self) -> Partner:
        typed = self.cleaned_data["partner"]
        active = Partner.objects.filter(portal_id=self.actor.portal.id, is_active=True)
        found = active.filter(Q(code__iexact=typed) | Q(tax_id=typed) | Q(name__iexact=typed))[:2]
        if len(found) != 1:
            raise ValidationError(_("No partner, or more than one, answers to this. Write its code."))
        return found[0]


def person_to_see(actor: Actor, asked: str) -> Membership | None:
    """The partner's person whose eyes are asked for; never one of the staff."""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    people = Membership.objects.filter(portal_id=actor.portal.id, is_active=True, partner__is_active=True)
    return people.select_related("user", "partner", "role").filter(pk=int(asked)).first()
