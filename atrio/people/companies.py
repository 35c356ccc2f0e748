"""Choosing companies: one types a part of the name, code or tax id and ticks what is found, as one types with a script,
after sending without one."""

import re
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from markupsafe import Markup

from atrio.core import search
from atrio.core.actor import Actor, PortalRequest
from atrio.core.lists import found
from atrio.core.pages import render, wants_part

MOST = 50  # companies of one person
SHOWN = 8
LONGEST = 200
SEPARATED = re.compile(r"[,;\n]+")
TYPED = "_typed"  # beside the name of the field: what was not ticked, but written


@dataclass(frozen=True)
class Picked:
    """What was ticked, by code, and what stands in the field for text, as it was sent."""

    codes: tuple[str, ...] = ()
    typed: str = ""

    @property
    def words(self) -> str:
        return " ".join(_known(self.typed[: LONGEST + 1]).split())


def _known(text: str) -> str:
    """Without what the database does not know; a code with such a mark in it is no company's."""
    return text.replace("\0", "\ufffd")


def _companies(actor: Actor):
    return apps.get_model("partners", "Partner").objects.visible_to(actor).filter(is_active=True)


def matches(actor: Actor, typed: str) -> list:
    """What somebody may mean who typed this: each word begins one of the name, the code, the tax id or the city."""
    words = search.query(actor.portal.id, typed)
    rows = _companies(actor)
    return list(rows.filter(found(rows.model, words)).order_by("name", "pk")[:SHOWN]) if words else []


def _exactly(actor: Actor, typed: str) -> list:
    """The companies whose code, tax id or name this is; of two with one code, the code says which."""
    rows = _companies(actor).filter(Q(code__iexact=typed) | Q(tax_id=typed) | Q(name__iexact=typed))
    several = list(rows.order_by("pk")[:3])
    by_code = [one for one in several if one.code.lower() == typed.lower()]
    return by_code[:1] or several


def _by_code(actor: Actor, word: str):
    several = list(_companies(actor).filter(Q(code__iexact=word) | Q(tax_id=word))[:2])
    if len(several) == 1:
        return several[0]
    known = _("“%(word)s” stands for several companies: write its code.")
    none = _("There is no company with the code or tax id “%(word)s”.")
    raise ValidationError((known if several else none) % {"word": word[:60]})


class Picker(forms.Widget):
    """A field for text, and beneath it what is chosen and what was found, to tick."""

    input_type = "text"
    actor: Actor | None = None

    def __init__(self, *, many: bool, none: bool = False):
        super().__init__()
        self.many, self.none = many, none  # whether one company may be given up for none

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Picked:
        sent = data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""]
        codes = [word.strip() for one in sent for word in SEPARATED.split(_known(one)[:1000]) if word.strip()]
        return Picked(tuple(dict.fromkeys(codes)), data.get(f"{name}{TYPED}") or "")

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}{TYPED}" not in data

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return id_

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> Any:
        assert self.actor is not None, "the form says who chooses"
        picked = value if isinstance(value, Picked) else Picked(tuple(filter(None, SEPARATED.split(value or ""))))
        own = {key: value for key, value in (attrs or {}).items() if key not in ("required", "class")}
        where = f"/{self.actor.portal.slug}/companies/find/"
        asked = f"?field={name}{'&many=1' if self.many else ''}{'&none=1' if self.none else ''}"
        context = shown(self.actor, name, picked, many=self.many, none=self.none)
        template = get_template("people/picker.html", using="pages")
        return Markup(template.render(context | {"attrs": own, "url": where + asked}))  # noqa: S704 (escaped when rendered)


def shown(actor: Actor, name: str, picked: Picked, *, many: bool, none: bool) -> dict[str, Any]:
    """What is ticked already, first, and what was found beside it."""
    asked = [code.strip() for code in picked.codes[:MOST]]
    chosen = list(_companies(actor).filter(Q(code__in=asked) | Q(tax_id__in=asked)).order_by("name", "pk"))
    codes = {one.code for one in chosen}
    meant = [*_exactly(actor, picked.words), *matches(actor, picked.words)] if picked.words else []
    others = list(dict.fromkeys(one for one in meant if one.code not in codes))
    return {
        "name": name,
        "typed": picked.typed,
        "words": picked.words[:60],
        "kind": "checkbox" if many else "radio",
        "none": none and not many and bool(chosen or others),
        "rows": [(one.code, one.name, _about(one), one.code in codes) for one in (*chosen, *others)],
    }


def _about(company: Any) -> str:
    return " · ".join(filter(None, (company.code, company.tax_id, company.city)))


class CompaniesField(forms.CharField):
    """One company or several; what is written and not ticked must be the whole code, tax id or name of one."""

    def __init__(self, *, many: bool = True, **options: Any):
        common: dict[str, Any] = {
            "label": gettext_lazy("Companies") if many else gettext_lazy("Company"),
            "help_text": gettext_lazy("Write a part of the name, the code or the tax id."),
            "widget": Picker(many=many, none=not many and not options.get("required", True)),
        }
        self.many = many
        super().__init__(**(common | options))

    def chosen_by(self, actor: Actor) -> None:
        cast(Picker, self.widget).actor = actor

    def clean(self, value: Any) -> Any:
        picked, actor = value or Picked(), cast(Picker, self.widget).actor
        assert actor is not None
        if len(picked.codes) > MOST:
            raise ValidationError(_("At most %(most)s companies at once.") % {"most": MOST})
        ticked = {one.pk: one for one in (_by_code(actor, word) for word in picked.codes)}
        written = self._written(actor, picked.words, ticked) if picked.words else []
        if not self.many and written:
            ticked = {}
        everything = list((ticked | {one.pk: one for one in written}).values())
        if self.required and not everything:
            raise ValidationError(self.error_messages["required"], code="required")
        return everything if self.many else next(iter(everything), None)

    def _written(self, actor: Actor, typed: str, ticked: dict) -> list:
        """The company that was written; none where one of those that it finds was ticked: that was the answer."""
        if len(typed) > LONGEST:
            raise ValidationError(_("This is too long for a name."), code="max_length")
        if any(one.pk in ticked for one in matches(actor, typed)):
            return []
        several = _exactly(actor, typed)
        if len(several) == 1:
            return several
        if SEPARATED.search(typed) and self.many and not several:
            return [_by_code(actor, word.strip()) for word in SEPARATED.split(typed)[:MOST] if word.strip()]
        if several or matches(actor, typed):
            raise ValidationError(_("Choose which company “%(word)s” is.") % {"word": typed[:60]}, code="choose")
        raise ValidationError(_("No company is found for “%(word)s”.") % {"word": typed[:60]}, code="unknown")


@never_cache
@require_GET
def find(request: PortalRequest) -> HttpResponse:
    """The part of the field that changes as somebody types."""
    name = request.GET.get("field", "")
    if not request.actor.is_staff or not wants_part(request) or not re.fullmatch(r"[a-z]{1,20}", name):
        raise Http404
    many = "many" in request.GET
    picked = Picker(many=many).value_from_datadict(request.GET, None, name)
    context = shown(request.actor, name, picked, many=many, none="none" in request.GET)
    return render(request, "people/picker_found.html", context)
