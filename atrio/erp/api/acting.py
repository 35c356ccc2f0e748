"""Acting: the same actions as on the pages, with the same rights and refusals, their forms filled in as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from atrio.core.actions import Action

from .door import ApiRequest, Endpoint, sent
from .envelope import Fault, Problem, answer
from .params import DECIMAL
from .reading import found

VERSION = "version"
LARGEST = 2**31 - 1
NAMES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def fields_of(action: Action) -> dict[str, forms.Field]:
    """What is typed into the action's form."""
    return dict(getattr(action.form, "base_fields", {}))


def schema_of(action: Action) -> dict:
    """The JSON object that an action takes."""
    fields = fields_of(action)
    properties = {name: _schema(field) for name, field in fields.items()}
    properties[VERSION] = {"type": "integer", "minimum": 1, "maximum": LARGEST}
    required = [name for name, field in fields.items() if field.required]
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})


def _schema(field: Any) -> dict:
    if isinstance(field, forms.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, forms.DecimalField):
        return {"type": ["string", "number"], "pattern": DECIMAL}
    if isinstance(field, forms.IntegerField):
        return {"type": "integer"}
    if isinstance(field, forms.DateField):
        return {"type": "string", "format": "date"}
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return {"type": "string", "enum": [str(value) for value, _label in choices if value != ""]}
    length = {"maxLength": field.max_length} if getattr(field, "max_length", None) else {}
    return {"type": "string"} | ({"minLength": 1} if field.required else {}) | length


def act(request: ApiRequest, endpoint: Endpoint, pk: int) -> HttpResponse:
    """Do it, or say why not; a version that is sent is held against the document's own."""
    action, kind = endpoint.action, endpoint.kind
    assert action is not None and kind is not None
    data = sent(request, required=False)
    doc = found(request, kind, pk)
    action.check(request.actor, doc)
    version, typed = _typed(action, data)
    form = _form(action, request, doc, typed)
    if not form.is_valid():
        raise Problem(422, "invalid", _("Some values need your attention."), _faults(form))
    done = action(request.actor, doc, version=version, **form.cleaned_data)
    return answer({"id": done.pk, "external_id": done.external_id, "state": done.state, VERSION: done.version})


def _form(action: Action, request: ApiRequest, doc, typed: QueryDict) -> forms.BaseForm:
    factory: Any = action.form or forms.Form
    if getattr(factory, "about_document", False):
        return factory(typed, actor=request.actor, document=doc)
    return factory(typed)


def _typed(action: Action, data: dict) -> tuple[int | None, QueryDict]:
    """The values as a person's browser would send them, each held to its type."""
    properties = schema_of(action)["properties"]
    faults, typed = [], QueryDict(mutable=True)
    for name, value in data.items():
        if name not in properties:
            faults.append(Fault(name[:100], "unknown_field", _("There is no such field.")))
        elif not _is_of(value, properties[name]):
            faults.append(Fault(name, "wrong_type", _("The value is of the wrong JSON type.")))
        elif name != VERSION and value is not False:
            typed[name] = _text(value)
    if faults:
        raise Problem(422, "invalid", _("Some values need your attention."), faults)
    return data.get(VERSION), typed


def _is_of(value: Any, schema: dict) -> bool:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if type(value) not in [one for kind in kinds for one in NAMES[kind]]:
        return False
    return not isinstance(value, int) or schema.get("minimum", value) <= value <= schema.get("maximum", value)


def _text(value: Any) -> str:
    if value is True:
        return "on"
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)


def _faults(form: forms.BaseForm) -> list[Fault]:
    return [
        Fault("" if name == NON_FIELD_ERRORS else name, problem.code or "invalid", said)
        for name, problems in form.errors.as_data().items()
        for problem in problems
        for said in problem.messages
    ]
