"""Row-level security as data: each model says which rows the database may show, and one command makes it so."""

from dataclasses import dataclass

PORTAL = "portal_id = atrio_portal()"
STAFF = "atrio_staff()"


@dataclass(frozen=True)
class Policy:
    """What a transaction may read (`using`) and write (`check`) of one table, and with which verbs."""

    using: str
    check: str
    grants: str = "select, insert, update, delete"


def of_partner(*columns: str, grants: str = Policy.grants) -> Policy:
    """Staff see the portal's rows; partners those that name them in one of the columns, and write only their own."""
    columns = columns or ("partner_id",)
    seen = " or ".join(f"{c} = any (atrio_sight())" for c in columns)
    own = " or ".join(f"{c} = any (atrio_partners())" for c in columns)
    return Policy(f"{PORTAL} and ({STAFF} or {seen})", f"{PORTAL} and ({STAFF} or {own})", grants)


def of_parent(table: str, column: str = "document_id") -> Policy:
    """Rows of a document are as visible as the document itself."""
    rule = f"{PORTAL} and ({STAFF} or exists (select 1 from {table} parent where parent.id = {column}))"
    return Policy(rule, rule)


def of_side(grants: str = Policy.grants) -> Policy:
    """Shared rows follow their document's partner; internal ones stay with the side that wrote them."""
    seen = "(partner_id = any (atrio_sight()) and (not internal or side_partner_id = any (atrio_partners())))"
    own = "(partner_id = any (atrio_partners()) and (not internal or side_partner_id = any (atrio_partners())))"
    staff = f"({STAFF} and (not internal or side_partner_id is null))"
    return Policy(f"{PORTAL} and ({staff} or {seen})", f"{PORTAL} and ({staff} or {own})", grants)


def of_staff(grants: str = Policy.grants) -> Policy:
    rule = f"{PORTAL} and {STAFF}"
    return Policy(rule, rule, grants)


def of_portal(grants: str = Policy.grants) -> Policy:
    """Everybody of the portal reads; only staff and the portal itself write."""
    return Policy(PORTAL, f"{PORTAL} and {STAFF}", grants)


def of_person(column: str = "user_id") -> Policy:
    rule = f"{PORTAL} and ({STAFF} or {column} = atrio_user())"
    return Policy(rule, rule)
