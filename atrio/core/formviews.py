"""Typing a document in: one way for header and lines, with and without scripts, and nothing typed is ever lost."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from . import drafts, files
from .actions import NotNow, Refused, Stale
from .actor import Actor, PortalRequest
from .doctypes import DocumentType, Editor
from .documentviews import changes_said, document, place_errors, url_of, version_in
from .formats import Formats, formats_of
from .listviews import shown
from .pages import Redirect, render, wants_part


def asked_for(rows: QuerySet, params: QueryDict, name: str):
    """The row that the address names; one that is not among these does not exist (404)."""
    typed = params.get(name, "")
    known = typed.isascii() and typed.isdigit() and len(typed) < 19
    found = rows.filter(pk=int(typed)).first() if known else None
    if found is None:
        raise Http404
    return found


def _whole(typed: str) -> int | None:
    """A small whole number in plain digits; other scripts have digits too, and `int` does not read all of them."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else None


class PersonsDecimal(forms.DecimalField):
    """A number in the person's own format; the form that holds it tells which."""

    widget = forms.TextInput
    formats: Formats | None = None

    def to_python(self, value):
        if value in self.empty_values:
            return None
        return self.formats.parse_decimal(str(value)) if self.formats else super().to_python(value)

    def prepare_value(self, value):
        if self.formats and value is not None and not isinstance(value, str):
            return self.formats.number(value).replace(self.formats.group_symbol, "")
        return value

    def widget_attrs(self, widget):
        return {"inputmode": "decimal", "autocomplete": "off"}


class PersonsDate(forms.DateField):
    """A date as browsers write it, whatever the language."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    input_formats = ["%Y-%m-%d"]


class PersonsForm(forms.Form):
    """A form that knows who fills it in."""

    about_document = True

    def __init__(self, *args, actor, document=None, **options):
        self.actor, self.document = actor, document
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, PersonsDecimal):
                field.formats = formats_of(actor)


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files in one control, each looked into before anything is kept."""

    widget = FilesInput

    def __init__(self, *, most: int = 20, **options):
        self.most = most
        super().__init__(**options)

    def clean(self, data, initial=None):
        uploads = [u for u in (data if isinstance(data, (list, tuple)) else [data]) if u]
        if self.required and not uploads:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(uploads) > self.most:
            raise forms.ValidationError(_("Send at most %(most)s files at once."), params={"most": self.most})
        problems = []
        for upload in uploads:
            try:
                files.check(upload.name, upload.read())
            except forms.ValidationError as problem:
                problems += [f"{files.safe_name(upload.name)}: {said}" for said in problem.messages]
            upload.seek(0)
        if problems:
            raise forms.ValidationError(problems)
        return uploads


class LinesSet(forms.BaseFormSet):
    """The lines of a form; a line left empty does not count."""

    actor: Actor
    source: Any

    def total_form_count(self) -> int:
        """As many rows as were sent, whatever number is claimed: a short request must not cost what a long one does."""
        claimed = super().total_form_count()
        if not self.is_bound or not claimed:
            return claimed
        sent = {_whole(name.split("-")[1]) for name in self.data if name.startswith(f"{self.prefix}-")}
        return min(claimed, max((index + 1 for index in sent if index is not None), default=0))

    def get_form_kwargs(self, index):
        return {"actor": self.actor, "document": self.source}

    @property
    def counted(self) -> list[forms.Form]:
        filled = [f for f in self.forms if getattr(f, "cleaned_data", None) and not f.cleaned_data.get("DELETE")]
        return [f for f in filled if f.cleaned_data.get("quantity") is not None]

    @property
    def typed(self) -> list[dict]:
        if not self.is_bound:
            return [row for row in self.initial or [] if row.get("quantity") is not None]
        self.is_valid()  # live totals add up what can be read, before anything is sent
        return [f.cleaned_data for f in self.counted]


def lines_set(editor: Editor, actor, source, data=None, initial=None) -> LinesSet | None:
    if editor.line_form is None:
        return None
    extra = 0 if initial else 1
    factory: Any = forms.formset_factory(
        editor.line_form,
        formset=LinesSet,
        extra=extra,
        can_delete=True,
        max_num=editor.max_lines,
        absolute_max=editor.max_lines + 1,
    )
    # BaseFormSet builds its forms lazily, so what they need can be set first.
    factory.actor, factory.source = actor, source
    return factory(data, initial=initial, prefix="lines")


class Sheet:
    """One opened form: header, lines, and what it is about."""

    def __init__(self, request: PortalRequest, kind: DocumentType, doc=None):
        if kind.editor is None:
            raise Http404
        self.request, self.kind, self.doc = request, kind, doc
        self.editor: Editor = kind.editor
        self.actor = request.actor
        # What a new document starts from (an order for its invoice), if the type has such a thing.
        self.source = doc
        if doc is None and self.editor.source:
            self.source = self.editor.source(self.actor, request.GET)
        self.key = drafts.key_of(request)

    def build(self, data=None, file_data=None):
        start = self.editor.initial(self.actor, self.source, self.doc) if self.editor.initial else {}
        about = self.doc or self.source
        header = self.editor.form(data, file_data, initial=start.get("header"), actor=self.actor, document=about)
        return header, lines_set(self.editor, self.actor, about, data, start.get("lines"))


def _context(sheet: Sheet, header, lines, *, at: str = "", problem: str = "", changed: list | None = None) -> dict:
    kind, actor = sheet.kind, sheet.actor
    base = f"/{actor.portal.slug}/{kind.name}/"
    doc, here = sheet.doc, sheet.request.get_full_path()
    return {
        "title": f"{kind.noun} {kind.heading(doc)}" if doc else str(sheet.editor.label),
        "subtitle": sheet.editor.about(sheet.source) if sheet.editor.about and sheet.source else "",
        "breadcrumbs": [{"title": str(kind.title), "url": base}],
        "url": here,
        "cancel_url": url_of(actor, kind, doc.pk) if doc else base,
        "form": header,
        "lines": lines,
        "fixed_lines": sheet.editor.fixed_lines,
        "lines_url": here,
        "totals": sheet.editor.totals(actor, sheet.source, lines.typed) if lines and sheet.editor.totals else [],
        "problem": problem,
        "changed": changed or [],
        "version": doc.version if doc else None,
        "draft": {"restored_at": at, "discard_url": f"{base}drafts/discard/"} if at else None,
        "draft_key": sheet.key,
        "autosave_url": f"{base}drafts/",
        "submit": _("Save") if doc else str(sheet.editor.label),
        "extra_submits": [],
    }


def _show(sheet: Sheet, header, lines, status: int = 200, **more) -> HttpResponse:
    template = "form_fragment.html" if wants_part(sheet.request) else "form.html"
    return render(sheet.request, template, {"edit": _context(sheet, header, lines, **more)}, status=status)


def _count(data: QueryDict, name: str) -> int:
    return _whole(data.get(name, "")) or 0


def _with_rows(data: QueryDict, limit: int) -> QueryDict | None:
    """The typed data with rows added (`_add`) or one taken out (`_remove-3`), when that is asked instead of sending."""
    gone = _whole(next((n.removeprefix("_remove-") for n in data if n.startswith("_remove-")), ""))
    if "_add" not in data and gone is None:
        return None
    copy, total = data.copy(), _count(data, "lines-TOTAL_FORMS")
    if "_add" in data:
        wanted = min(total + max(_count(data, "_add_count"), 1), limit)
        copy.update({f"lines-{index}-quantity": "" for index in range(total, wanted)})
        copy["lines-TOTAL_FORMS"] = str(max(total, wanted))
        return copy
    for name in [n for n in data if n.startswith("lines-") and n.count("-") > 1]:
        _prefix, at, field = name.split("-", 2)
        index = _whole(at)
        if gone is None or index is None or index < gone:
            continue
        copy.pop(name, None)
        if index > gone:
            copy.setlist(f"lines-{index - 1}-{field}", data.getlist(name))
    copy["lines-TOTAL_FORMS"] = str(max(total - 1, 0))
    return copy


def _edit(request: PortalRequest, kind: DocumentType, doc=None) -> HttpResponse:
    sheet = Sheet(request, kind, doc)
    if request.method != "POST":
        data, at = drafts.restored(request, sheet.key)
        header, lines = sheet.build(data)
        return _show(sheet, header, lines, at=at)
    rows = _with_rows(request.POST, 0 if sheet.editor.fixed_lines else sheet.editor.max_lines)
    drafts.keep(request.actor, sheet.key, rows or request.POST)
    header, lines = sheet.build(rows or request.POST, request.FILES)
    if rows or wants_part(request):
        return _show(sheet, header, lines)  # a line more or less, or new totals: nothing is sent yet
    valid = [part.is_valid() for part in (header, lines) if part is not None]  # both show their errors at once
    if not all(valid):
        return _show(sheet, header, lines, 422, problem=_("Some values need your attention."))
    return _send(sheet, header, lines)


def _send(sheet: Sheet, header, lines) -> HttpResponse:
    data = dict(header.cleaned_data)
    if lines is not None:
        data["lines"] = lines.typed
    try:
        with transaction.atomic():
            if sheet.doc is None:
                saved = sheet.editor.create(sheet.actor, sheet.source, **data)
            else:
                saved = sheet.editor.update(sheet.actor, sheet.doc, version=version_in(sheet.request), **data)
    except Stale as problem:
        changed = changes_said(sheet.kind, problem, sheet.actor)
        sheet.doc.refresh_from_db(fields=["version"])
        return _show(sheet, header, lines, 409, problem=problem.message, changed=changed)
    except NotNow as problem:
        place_errors(problem, header, lines)
        return _show(sheet, header, lines, 409, problem=problem.message)
    drafts.forget(sheet.request, sheet.key)
    messages.success(sheet.request, _("%(number)s is saved.") % {"number": sheet.kind.heading(saved)})
    return Redirect(sheet.request, url_of(sheet.actor, sheet.kind, saved.pk))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PortalRequest, kind: DocumentType) -> HttpResponse:
    shown(request, kind)
    if kind.editor is None:
        raise Http404
    if not kind.editor.permitted(request.actor):
        raise Refused("new")
    return _edit(request, kind)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PortalRequest, kind: DocumentType, pk: int) -> HttpResponse:
    doc = document(request, kind, pk)
    if kind.editor is None or kind.editor.update is None:
        raise Http404
    kind.editor.update.check(request.actor, doc)
    return _edit(request, kind, doc)


@require_POST
def autosave(request: PortalRequest, kind: DocumentType) -> HttpResponse:
    shown(request, kind)
    key = request.POST.get("_draft", "")[:200]
    if kind.editor is None or not key.startswith(f"/{request.actor.portal.slug}/{kind.name}/"):
        raise Http404
    drafts.keep(request.actor, key, request.POST)
    return HttpResponse(status=204)


@require_POST
def discard(request: PortalRequest, kind: DocumentType) -> HttpResponse:
    """Start again from nothing."""
    shown(request, kind)
    key = request.POST.get("_draft", "")[:200]
    drafts.forget(request, key)
    safe = key if key.startswith(f"/{request.actor.portal.slug}/{kind.name}/") else f"/{request.actor.portal.slug}/"
    return Redirect(request, safe)
