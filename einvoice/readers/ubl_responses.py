"""UBL ApplicationResponse: the tax office's answer, and what a buyer says of an invoice (RADIAN events)."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from ..model import Document, Note, Reference
from ..xml import Parts, first, first_text, parts
from .ubl_names import NAMES
from .ubl_references import reference


def answered(document: Document, found: Parts) -> Document:
    """cac:DocumentResponse: its code is the status; the documents it is about are references of the role response."""
    status = said = None
    references: list[Reference] = []
    notes: list[str] = []
    for element in found.get("DocumentResponse", ()):
        answer = parts(element, NAMES)
        response = parts(first(answer, "Response"), NAMES)
        status = status or first_text(response, "ResponseCode")
        said = said or first_text(response, "Description")
        named = [reference(one, "response") for one in answer.get("DocumentReference", ())]
        number = first_text(response, "ReferenceID")
        references += named or ([Reference("response", number)] if number else [])
        notes += [note for one in answer.get("LineResponse", ()) for note in _line_notes(one)]
    return replace(
        document,
        references=document.references + tuple(references),
        notes=document.notes + tuple(map(Note, notes)),
        fiscal=replace(document.fiscal, status=status, status_text=said),
    )


def _line_notes(element: etree._Element) -> list[str]:
    """Why a document was refused, or what was noticed of it: "code: description"."""
    made = []
    for one in parts(element, NAMES).get("Response", ()):
        response = parts(one, NAMES)
        code, why = first_text(response, "ResponseCode"), first_text(response, "Description")
        if code or why:
            made.append(": ".join(part for part in (code, why) if part))
    return made
