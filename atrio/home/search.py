"""The search box: all document types at once, or the one that is chosen."""

from urllib.parse import urlencode

from django.utils.translation import gettext as _

from atrio.core import search
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType, document_types

from . import brief

MOST_ROWS = 6
SHORTEST = 2  # one letter would find half of everything


def _asked(actor: Actor, scope: str) -> list[DocumentType]:
    """The types to look in; a scope that is not offered is as good as none."""
    shown = {k.name: k for k in document_types().values() if k.offered_to(actor)}
    return [shown[scope]] if scope in shown else list(shown.values())


def scopes(actor: Actor) -> list[dict]:
    """What the search box offers to look in."""
    shown = [k for k in document_types().values() if k.offered_to(actor)]
    return [{"name": k.name, "title": str(k.title)} for k in shown]


def results(actor: Actor, text: str, scope: str) -> dict:
    """What was found, by document type: one query for each type that is looked in."""
    text = text.replace("\x00", "").strip()[:100]
    base = f"/{actor.portal.slug}/"
    all_url = f"{base}search/?{urlencode({'scope': scope, 'q': text})}"
    too_short = len("".join(search.words(text))) < SHORTEST
    error = _("Type at least two letters or digits.") if text and too_short else ""
    query = urlencode({"q": text})
    groups = []
    for kind in [] if too_short else _asked(actor, scope):
        if rows := brief.rows(kind, actor, query, MOST_ROWS):
            rows = [row | {"detail": " · ".join(filter(None, (row["detail"], row["amount"])))} for row in rows]
            groups.append({"title": str(kind.title), "url": f"{base}{kind.name}/?{query}", "rows": rows})
    return {"text": text, "scope": scope, "error": error, "groups": groups, "all_url": all_url}
