"""A role as it is typed: its name, and a tick for each thing that it allows."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core.actor import Actor

from ..granting import within
from ..models import Role
from ..permissions import Group, Permission, matrix, names
from ..roles import LABELS


class RoleForm(forms.Form):
    """Boxes for what there is, and only those that the actor may give away: any other value is refused."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, actor: Actor, side: str, *args, role: Role | None = None, **options):
        super().__init__(*args, **options)
        self.actor, self.side, self.role = actor, side, role
        box: Any = self.fields["permissions"]
        box.choices = [(one, one) for one in sorted(names(side)) if self.gives(one)]

    def gives(self, permission: str) -> bool:
        return self.side == "partner" or within([permission], self.actor)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        taken = Role.objects.filter(portal_id=self.actor.portal.id, audience=self.side, name__iexact=name)
        built_in = {str(label).casefold() for label in LABELS.values()}
        if taken.exclude(pk=self.role.pk if self.role else None).exists() or name.casefold() in built_in:
            raise ValidationError(_("There is a role of this name already."))
        return name

    @property
    def rows(self) -> list[dict]:
        ticked = set(self["permissions"].value() or ())
        return rows_of(matrix(self.side), lambda one: one.name in ticked, self.gives)


def rows_of(groups: list[Group], ticked, open_to) -> list[dict]:
    """The matrix: for each row what it may see, load and else do."""

    def box(one: Permission) -> dict:
        return {
            "value": one.name,
            "label": str(one.label),
            "checked": ticked(one),
            "closed": not open_to(one.name),
        }

    found = []
    for group in groups:
        boxes = [box(one) for one in group.permissions]
        see = next((b for b in boxes if b["value"].endswith(".view")), None)
        load = next((b for b in boxes if b["value"].endswith(".load")), None)
        rest = [b for b in boxes if b not in (see, load)]
        found.append({"title": str(group.title), "see": see, "load": load, "rest": rest})
    return found
