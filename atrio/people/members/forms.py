"""What an administrator chooses for a person."""

from django import forms
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor

from .. import keys
from ..granting import grantable
from ..models import Membership, Role
from ..roles import label_of


class RoleChoice(forms.ModelChoiceField):
    def label_from_instance(self, role: Role) -> str:
        return label_of(role.name)


class DeactivateForm(forms.Form):
    """What stops with the person."""

    def __init__(self, actor: Actor, member: Membership, *args):
        super().__init__(*args)
        if member.partner_id is None:
            keys.ask(self, actor, member.user)


class RoleForm(forms.Form):
    """Only the roles that the actor may give: an id of any other is none of the choices."""

    role = RoleChoice(queryset=Role.objects.none(), label=_("Role"), empty_label=None)

    def __init__(self, actor: Actor, member: Membership, *args):
        super().__init__(*args, initial={"role": member.role_id})
        field = self.fields["role"]
        assert isinstance(field, RoleChoice)
        field.queryset = grantable(actor, member.partner_id)
