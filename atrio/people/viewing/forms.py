"""Whom to see the portal as, and why."""

from django import forms
from django.utils.translation import gettext_lazy

from atrio.core.actor import Actor

from ..companies import CompaniesField
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

    partner = CompaniesField(many=False)
    role = RoleChoice(queryset=Role.objects.none(), label=gettext_lazy("Role"), empty_label=None)
    field_order = ["partner", "role", "reason"]

    def __init__(self, actor: Actor, *args):
        super().__init__(*args)
        companies = self.fields["partner"]
        assert isinstance(companies, CompaniesField)
        companies.chosen_by(actor)
        field = self.fields["role"]
        assert isinstance(field, RoleChoice)
        field.queryset = Role.objects.filter(portal_id=actor.portal.id, audience="partner").order_by("name")


def person_to_see(actor: Actor, asked: str) -> Membership | None:
    """The partner's person whose eyes are asked for; never one of the staff."""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    people = Membership.objects.filter(portal_id=actor.portal.id, is_active=True, partner__is_active=True)
    return people.select_related("user", "partner", "role").filter(pk=int(asked)).first()
