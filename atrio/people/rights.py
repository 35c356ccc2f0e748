"""What an actor may do, in words: read from the document types, never kept by hand."""

from django.utils.translation import gettext as _

from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType, document_types


def _labels(kind: DocumentType, actor: Actor) -> list[str]:
    found = [str(kind.editor.label)] if kind.editor and kind.editor.permitted(actor) else []
    return found + [str(a.label) for a in kind.actions if a.permitted(actor)]


def rights_of(actor: Actor) -> list[str]:
    """One line for each document type that the actor sees: that it may read it, and what else."""
    found = []
    for kind in document_types().values():
        if kind.shown_to(actor):
            said = list(dict.fromkeys([_("See"), *_labels(kind, actor)]))
            found.append(f"{kind.title}: {', '.join(said)}")
    return found
