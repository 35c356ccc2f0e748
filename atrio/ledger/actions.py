"""Verbs of the ledger: what documents post, what the ERP loads, and the balances kept beside both."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b

import msgspec
from django.db import connection, transaction

from atrio.core import search
from atrio.core.actor import Actor
from atrio.core.doctypes import document_types

from .models import RECEIVABLE

LONGEST_KEY = 80
PORTION = 5000
KINDS = {
    "external_id": "text",
    "partner_id": "bigint",
    "side": "text",
    "document_type": "text",
    "document_id": "bigint",
    "document_key": "text",
    "number": "text",
    "description": "text",
    "date": "date",
    "due_date": "date",
    "currency": "text",
    "debit": "numeric",
    "credit": "numeric",
    "open_amount": "numeric",
}
COLUMNS = ", ".join(KINDS)
EXCLUDED, KEPT, GIVEN = (", ".join(f"{row}.{column}" for column in KINDS) for row in ("excluded", "kept", "given"))
TYPED = ", ".join(map(" ".join, KINDS.items()))


@dataclass(frozen=True, slots=True)
class Posting:
    """What one document puts on its partner's account."""

    document_type: str
    document_id: int
    document_key: str
    partner_id: int
    side: str
    number: str
    date: dt.date
    due_date: dt.date
    currency: str
    debit: Decimal
    credit: Decimal
    open_amount: Decimal
    description: str = ""


def key_of(document_type: str, document_key: str) -> str:
    """The one identifier of a document's entry, whether the document posts it or the ERP sends it."""
    key = f"{document_type}:{document_key}"
    if len(key) <= LONGEST_KEY:
        return key
    return f"{document_type}:{blake2b(document_key.encode(), digest_size=16).hexdigest()}"


def _hold(portal_id: int) -> None:
    """One writer of a portal's accounts at a time: of two that add up at once, the later would miss the earlier."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('ledger'), %s)", [portal_id])


def _portions(actor: Actor, postings: Iterable[Posting]) -> Iterator[bytes]:
    rows = {key_of(p.document_type, p.document_key): p for p in postings}
    keys = list(rows)
    for start in range(0, len(keys), PORTION):
        yield msgspec.json.encode([_row(actor, key, rows[key]) for key in keys[start : start + PORTION]])


def _row(actor: Actor, key: str, posting: Posting) -> dict:
    texts = (posting.description,) if posting.description else ()
    numbers = {posting.number, posting.document_key}
    tokens = search.tokens(actor.portal.id, numbers=sorted(numbers), texts=texts)
    return {name: getattr(posting, name) for name in Posting.__slots__} | {"external_id": key, "search": tokens}


_ROWS = f"""select {COLUMNS}, array_to_tsvector(search) as search
from jsonb_to_recordset(%(rows)s::jsonb) as g({TYPED}, search text[])"""  # noqa: S608 (constants above)
_POST = f"""
with given as materialized (__given__), compared as (
  -- One by one in the unique index: before a table is analyzed (a first load), the planner would join it in squares.
  select given.*, kept.id as kept_id, kept.partner_id as left_partner, kept.document_id as kept_document,
    kept.source_hash is not null as erps,
    kept.id is null or (kept.source_hash is null and ({KEPT}) is distinct from ({GIVEN})) as fresh
  from given left join lateral (
    select * from ledger_entry e where e.portal_id = %(portal)s and e.external_id = given.external_id limit 1
  ) kept on true
), linked as (
  -- The ERP's own entry stands (it has a source_hash): a posting only tells it which document it belongs to.
  update ledger_entry e set document_id = compared.document_id from compared
  where e.id = compared.kept_id and erps and kept_document is distinct from compared.document_id
), written as (
  insert into ledger_entry (portal_id, {COLUMNS}, search, settles, version, created_at, updated_at)
  select %(portal)s, {COLUMNS}, search, '', 1, now(), now() from compared where fresh and %(posts)s
  order by document_id -- Sorted, so that all is compared before the first is written: a ledger that is empty when the
  -- statement is planned is read by any index or none, and would be read so again after each entry.
  on conflict (portal_id, external_id) do update set
    ({COLUMNS}, search) = ({EXCLUDED}, excluded.search), version = ledger_entry.version + 1, updated_at = now()
  returning partner_id
), touched as (
  select partner_id from written union select left_partner from compared where fresh and left_partner <> partner_id
)
select (select count(*) from written), (select array_agg(partner_id) from touched)"""  # noqa: S608 (constants above)


# Only key_of knows how the identifier of a long key is made.
_LONG = f"""select p.document_type, p.document_key from (__query__) p
where length(p.document_type || ':' || p.document_key) > {LONGEST_KEY}"""  # noqa: S608 (constants above)
_KEYED = """select p.*, coalesce(
  %(long)s::jsonb ->> p.document_key, p.document_type || ':' || p.document_key) as external_id
from (__query__) p"""


def post(actor: Actor, postings: Iterable[Posting]) -> int:
    """Write what documents put on their partners' accounts, as a set; how many entries are new or changed.

    A document has one entry: posting it again replaces it. Where the portal leaves its ledger to the ERP
    (setting `ledger` = `erp`) nothing is written; the ERP's entries only learn which document they belong to."""
    return _post(actor, ((_ROWS, {"rows": portion.decode()}) for portion in _portions(actor, postings)))


def post_loaded(actor: Actor, query: str, values: dict) -> int:
    """The same for what a load wrote, as one set that never leaves the database.

    The query gives a posting a row, with `search`: a document is found by its number and key, and so is its entry."""
    with connection.cursor() as cursor:
        cursor.execute(_LONG.replace("__query__", query), values | {"portal": actor.portal.id})
        long = {document_key: key_of(document_type, document_key) for document_type, document_key in cursor}
    return _post(actor, [(_KEYED.replace("__query__", query), values | {"long": msgspec.json.encode(long).decode()})])


def _post(actor: Actor, sets: Iterable[tuple[str, dict]]) -> int:
    portal_id, count = actor.portal.id, 0
    asked = {"portal": portal_id, "posts": actor.portal.settings.get("ledger") != "erp"}
    with transaction.atomic(), connection.cursor() as cursor:
        _hold(portal_id)
        partners: set[int] = set()
        for query, values in sets:
            cursor.execute(_POST.replace("__given__", query), asked | values)
            written, touched = cursor.fetchone()
            count += written
            partners.update(touched or ())
        if partners:
            rebalance(portal_id, partners)
        if count > PORTION:  # the pages that follow plan by what the tables hold now
            cursor.execute("select atrio_analyze(%s)", [["ledger_entry", "ledger_balance"]])
    return count


def withdraw(actor: Actor, document_type: str, document_ids: Iterable[int]) -> int:
    """Take back what cancelled documents posted; entries that the ERP sent are the ERP's to reverse."""
    sql = """delete from ledger_entry where portal_id = %s and document_type = %s and document_id = any (%s)
      and source_hash is null returning partner_id"""
    ids = list(document_ids)
    if not ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        _hold(actor.portal.id)
        cursor.execute(sql, [actor.portal.id, document_type, ids])
        gone = [row[0] for row in cursor.fetchall()]
        if gone:
            rebalance(actor.portal.id, set(gone))
    return len(gone)


_RENAMED = """with mine as (
  select * from unnest(%(ids)s::bigint[], %(keys)s::text[], %(names)s::text[], %(words)s::text[])
    as given (id, key, name, words)
), doubled as (
  -- The ERP's own entry came first: it stands.
  delete from ledger_entry e using mine where e.id = mine.id and exists (
    select 1 from ledger_entry other where other.portal_id = %(portal)s and other.external_id = mine.key)
  returning e.partner_id
), kept as (
  update ledger_entry e set external_id = mine.key, document_key = mine.name, search = mine.words::tsvector,
    version = e.version + 1, updated_at = now()
  from mine where e.id = mine.id and not exists (
    select 1 from ledger_entry other where other.portal_id = %(portal)s and other.external_id = mine.key)
) select distinct partner_id from doubled"""


def rename(actor: Actor, document_type: str, renamed: Mapping[int, tuple[str, str]]) -> None:
    """Documents are to have other keys, and with them the entries that they posted."""
    portal_id = actor.portal.id
    sql = """select id, document_id, document_key, number from ledger_entry
      where portal_id = %s and document_type = %s and document_id = any (%s) and source_hash is null"""
    with transaction.atomic(), connection.cursor() as cursor:
        _hold(portal_id)
        cursor.execute(sql, [portal_id, document_type, list(renamed)])
        ids, keys, names, words = [], [], [], []
        for pk, document_id, key, number in cursor.fetchall():
            before, now = renamed[document_id]
            name = now + key.removeprefix(before)
            ids.append(pk)
            names.append(name)
            keys.append(key_of(document_type, name))
            words.append(" ".join(search.tokens(portal_id, numbers=(number, name))))
        cursor.execute(_RENAMED, {"portal": portal_id, "ids": ids, "keys": keys, "names": names, "words": words})
        if partners := [row[0] for row in cursor.fetchall()]:
            rebalance(portal_id, partners)


_REBALANCE = """
with sums as (
  select partner_id, side, currency,
    sum(case side when 'receivable' then debit - credit else credit - debit end) as balance,
    coalesce(sum(open_amount) filter (where open_amount > 0), 0) as open_total,
    coalesce(-sum(open_amount) filter (where open_amount < 0), 0) as credit_total,
    count(*) as entries, max(date) as last_date
  from ledger_entry
  where portal_id = %(portal)s and (%(partners)s::bigint[] is null or partner_id = any (%(partners)s::bigint[]))
  group by partner_id, side, currency
), emptied as (
  delete from ledger_balance b
  where portal_id = %(portal)s and (%(partners)s::bigint[] is null or partner_id = any (%(partners)s::bigint[]))
  and (b.partner_id, b.side, b.currency) not in (select partner_id, side, currency from sums)
)
insert into ledger_balance as kept
  (portal_id, partner_id, side, currency, balance, open_total, credit_total, entries, last_date)
select %(portal)s, partner_id, side, currency, balance, open_total, credit_total, entries, last_date from sums
on conflict (portal_id, partner_id, side, currency) do update set
  (balance, open_total, credit_total, entries, last_date)
  = (excluded.balance, excluded.open_total, excluded.credit_total, excluded.entries, excluded.last_date)
where (kept.balance, kept.open_total, kept.credit_total, kept.entries, kept.last_date)
  is distinct from (excluded.balance, excluded.open_total, excluded.credit_total, excluded.entries, excluded.last_date)
"""


def rebalance(portal_id: int, partner_ids: Iterable[int] | None = None) -> None:
    """Make the kept balances of some partners, or of all, what their entries add up to."""
    partners = None if partner_ids is None else sorted(partner_ids)
    with transaction.atomic(), connection.cursor() as cursor:
        _hold(portal_id)
        cursor.execute(_REBALANCE, {"portal": portal_id, "partners": partners})


def before(actor: Actor, ids: Iterable[int]) -> None:
    """A load of entries takes the accounts before the rows, as postings do: in the other order both would wait."""
    _hold(actor.portal.id)


def prepare(row: dict) -> dict:
    """A row that the ERP sends, with what it may leave out.

    An entry that names its document (`document_type` and `document`) takes the identifier under which that document
    posts, so that it replaces the posting instead of doubling it. Without a due date it is due at once. Without an open
    amount, what increases the debt is open in full and what pays it is used up: no payment is guessed to be in favour.
    A negative debit is a credit, and of an entry with both the difference counts."""
    document_type, document = row.get("document_type"), row.get("document")
    if document_type and document:
        row["external_id"] = key_of(document_type, document)
    row["due_date"] = row.get("due_date") or row.get("date")
    net = (row.get("debit") or Decimal(0)) - (row.get("credit") or Decimal(0))
    row["debit"], row["credit"] = max(net, Decimal(0)), max(-net, Decimal(0))
    if row.get("open_amount") is None:
        row["open_amount"] = row["debit" if row.get("side") == RECEIVABLE else "credit"]
    return row


def after(actor: Actor, ids: Iterable[int], _held: None = None) -> None:
    """Once per load of entries: tie them to their documents and bring the balances up to date."""
    ids, portal_id = list(ids), actor.portal.id
    with transaction.atomic(), connection.cursor() as cursor:
        _hold(portal_id)
        cursor.execute(
            "select array_agg(distinct document_type), array_agg(distinct partner_id) from ledger_entry"
            " where portal_id = %s and id = any (%s)",
            [portal_id, ids],
        )
        types, partners = cursor.fetchone()
        for name in sorted(set(types or ()) & set(document_types())):
            _find_documents(portal_id, name, ids)
        rebalance(portal_id, partners or ())
        # An entry that moved to another partner is still counted in the balance of the one it left.
        if not _counted(portal_id):
            rebalance(portal_id)


def _find_documents(portal_id: int, document_type: str, ids: list[int]) -> None:
    table = document_types()[document_type].model._meta.db_table
    sql = f"""update ledger_entry e set document_id = found.id from (
        select e.id as entry, d.id from ledger_entry e cross join lateral (
          select id from "{table}" d where d.portal_id = e.portal_id and d.external_id = e.document_key limit 1) d
        where e.portal_id = %s and e.document_type = %s and e.id = any (%s)) found
      where e.id = found.entry and e.document_id is distinct from found.id"""  # noqa: S608 (a model's own table)
    with connection.cursor() as cursor:
        cursor.execute(sql, [portal_id, document_type, ids])


def _counted(portal_id: int) -> bool:
    """Whether the kept balances count as many entries as there are."""
    sql = """select (select count(*) from ledger_entry where portal_id = %s)
      = (select coalesce(sum(entries), 0) from ledger_balance where portal_id = %s)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [portal_id, portal_id])
        return cursor.fetchone()[0]
