"""What a person wants to hear of, and how: by kind of event, as the document types tell of them."""

from collections.abc import Iterator

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from atrio.core.actor import Actor, PortalRequest
from atrio.core.doctypes import DocumentType, document_types
from atrio.core.notify import MAILED, NOTE, SHOWN, UNTOLD, sentence
from atrio.core.pages import Redirect, render

WAYS = (
    (MAILED, gettext_lazy("In the portal and by mail")),
    (SHOWN, gettext_lazy("In the portal only")),
    (UNTOLD, gettext_lazy("Not at all")),
)


def kinds_for(actor: Actor) -> Iterator[tuple[DocumentType, list[str]]]:
    """The types that the actor can be told of, each with the kinds of its events."""
    for kind in document_types().values():
        if not kind.shown_to(actor) or not kind.document:
            continue
        told = [name for name, audiences in kind.notifies.items() if set(audiences) & actor.audiences]
        yield kind, [*told, *([NOTE] if NOTE not in told else [])]


class NoticesForm(forms.Form):
    """A field for each kind of event, named as the account keeps it."""

    def __init__(self, actor: Actor, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.groups = []
        for kind, names in kinds_for(actor):
            fields = [f"{kind.name}.{name}" for name in names]
            for field, name in zip(fields, names, strict=True):
                self.fields[field] = forms.ChoiceField(
                    label=sentence(kind, name, {}), choices=WAYS, initial=actor.notices.get(field, MAILED)
                )
            self.groups.append((str(kind.title), fields))

    def kept(self, before: dict) -> dict:
        """What differs from being told of everything; of types that are not shown here nothing changes."""
        return {k: v for k, v in (before | self.cleaned_data).items() if v != MAILED}


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PortalRequest) -> HttpResponse:
    actor = request.actor
    form = NoticesForm(actor, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "myself/notices.html", {"form": form}, 422 if form.is_bound else 200)
    request.user.notices = form.kept(request.user.notices)
    request.user.save(update_fields=["notices"])
    messages.success(request, _("Your choices were saved."))
    return Redirect(request, f"/{actor.portal.slug}/profile/notices/")
