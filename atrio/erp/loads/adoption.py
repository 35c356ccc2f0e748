"""Documents born in the portal that the ERP sends under an identifier of its own: they are one, and the ERP's now."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType
from atrio.ledger import actions as ledger

from .checks import unique_sets
from .sql import rows, run
from .staging import HEADER, LINE, Stage
from .tables import quoted
from .types import rules


def adopt(stage: Stage, kind: DocumentType, portal_id: int) -> int:
    """Let staged rows be the documents that they are; how many were found. What a load has touched is not taken."""
    columns = rules(kind).adopts
    if not columns or not set(columns) <= {place.column for place in stage.header.places}:
        return 0
    table = kind.model._meta.db_table
    # The numbers of rejected and cancelled ones are free again: those are other documents.
    holds = next(condition for unique, condition in unique_sets(table) if set(columns) < set(unique))
    same = " and ".join(f"t.{quoted(column)} = s.{quoted(column)}" for column in columns)
    found = rows(
        f"update {HEADER} s set id = t.id, row_known = true from (select * from {quoted(table)} where portal_id = %s "
        f"and erp_state <> 'none' and source_hash is null and {(holds or 'true').replace('%', '%%')}) t "
        f"where not s.row_known and {same} returning 1",
        [portal_id],
    )
    if found and stage.lines:
        run(f"update {LINE} x set document_id = s.id from {HEADER} s where s.row_no = x.row_no and s.row_known")
    return len(found)


def rename(kind: DocumentType, actor: Actor) -> None:
    """Tell the ledger of documents that are about to have another key than the one they were born with."""
    if rules(kind).adopts:
        found = rows(
            f"select t.id, t.external_id, s.external_id from {HEADER} s join {quoted(kind.model._meta.db_table)} t "
            "on t.id = s.id where s.row_known and t.external_id <> s.external_id"
        )
        ledger.rename(actor, kind.name, {pk: (before, now) for pk, before, now in found})
