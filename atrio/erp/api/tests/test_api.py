"""The API by HTTP: who gets in, what is read, sent, done and told."""

import datetime as dt
import json

import pytest
from django.test import Client
from django.utils import timezone

from atrio.core import events, notes
from atrio.core.doctypes import document_types
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.erp.api.endpoints import endpoints
from atrio.erp.models import ApiAnswer, ApiKey, LoadRun
from atrio.receivables.sales_invoices.models import SalesInvoice
from atrio.testing.counting import counted
from atrio.testing.world import make

readable = pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
NDJSON = "application/x-ndjson"


def invoice(key="I-1", **facts):
    row = {"external_id": key, "number": key, "partner": "bodega", "issue_date": "2026-01-15", "currency": "COP"}
    line = {"description": "Tornillo", "quantity": "2", "unit_price": 50, "net": "100", "tax": "19", "total": "119"}
    return row | {"net_total": "100", "tax_total": 19, "total": "119.00", "lines": [line]} | facts


def ndjson(*rows):
    return "\n".join(json.dumps(row) for row in rows)


def error_of(response, status, code):
    assert response.status_code == status, response.content
    error = response.json()["error"]
    assert error["code"] == code, error
    assert set(error) == {"code", "message", "fields", "request_id"} and error["message"]
    assert error["request_id"] == response["X-Request-Id"]
    return error


def invoices(world):
    with scope(world.system()):
        return {i.external_id: i for i in SalesInvoice.objects.prefetch_related("lines")}


# --- getting in ----------------------------------------------------------------------------------------------------


def test_without_a_key_of_this_portal_there_is_no_way_in(world, program, as_):
    inside = program()
    assert inside.get("me").status_code == 200
    for text in ("", "x", inside.text[:-1] + ("0" if inside.text[-1] != "0" else "1"), program(slug="rival").text):
        stranger = program()
        stranger.text = text
        response = stranger.get("me")
        error_of(response, 401, "not_authenticated")
        assert response["WWW-Authenticate"].startswith("Bearer")
    inside.slug = "nowhere"
    error_of(inside.get("me"), 401, "not_authenticated")
    error_of(as_("ana").get("/acme/api/v1/me"), 401, "not_authenticated")


def test_a_key_ends_when_it_is_revoked_or_expires(world, program):
    gone, old = program(), program(expires_at=timezone.now() - dt.timedelta(seconds=1))
    with scope(world.system()):
        ApiKey.objects.filter(prefix=gone.text.split("_")[1]).update(revoked_at=timezone.now())
    for one in (gone, old):
        error_of(one.get("me"), 401, "not_authenticated")


def test_the_secret_is_nowhere(world, program):
    secret = program().text.split("_")[2]
    with scope(world.system()):
        assert secret not in str(list(ApiKey.objects.values()))


def test_a_key_may_do_what_its_scopes_say_and_nothing_else(world, program):
    doc = make(world, document_types()["purchase_orders"], "PO-1", state="confirmed")
    reader = program("purchase_orders:read")
    assert reader.get(f"purchase_orders/{doc.pk}").status_code == 200
    for method, path in (
        ("POST", "purchase_orders/bulk"),
        ("POST", f"purchase_orders/{doc.pk}/actions/close"),
        ("GET", "feed"),
        ("GET", "sales_invoices"),
    ):
        error_of(reader.ask(method, path, []), 403, "scope_missing")
    error_of(program("purchase_orders:act").get(f"purchase_orders/{doc.pk}"), 403, "scope_missing")
    with scope(world.system()):
        doc.refresh_from_db()
        assert (doc.state, doc.version) == ("confirmed", 1)


def test_too_many_requests_are_told_when_to_come_back(world, program):
    hasty = program(rate=2)
    assert [hasty.get("me").status_code for _again in range(3)] == [200, 200, 429]
    response = hasty.get("me")
    error_of(response, 429, "too_many_requests")
    assert 1 <= int(response["Retry-After"]) <= 30


def test_what_does_not_exist_and_what_is_not_meant(program):
    one = program()
    error_of(one.get("nothing"), 404, "not_found")
    error_of(one.get("sales_invoices/999999999999999999999"), 404, "not_found")
    response = one.ask("DELETE", "sales_invoices")
    error_of(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET"
    error_of(one.get("sales_invoices?tpyo=1"), 400, "invalid_parameters")


def test_what_breaks_on_our_side_is_told_in_the_same_envelope(program, monkeypatch):
    monkeypatch.setattr(events, "feed", lambda *_a: 1 / 0)
    error_of(program().get("feed"), 500, "server_error")


def test_a_request_for_another_host_is_refused(program):
    one = program()
    one.client.defaults["HTTP_HOST"] = "evil.example"
    error_of(one.get("me"), 400, "bad_request")


# --- reading -------------------------------------------------------------------------------------------------------


@readable
def test_every_type_is_read_page_by_page(kind, world, program):
    docs = [make(world, kind, f"N-{n}") for n in range(5)]
    one, found, cursor = program(f"{kind.name}:read"), [], None
    while cursor is not None or not found:
        page = one.get(f"{kind.name}?limit=2" + (f"&cursor={cursor}" if cursor else "")).json()
        found += [row["id"] for row in page["data"]]
        cursor = page["next"]
    assert len(found) == len(set(found)) and set(found) >= {doc.pk for doc in docs}
    said = one.get(f"{kind.name}/{docs[0].pk}").json()
    assert said["external_id"] == docs[0].external_id
    assert {"files", "notes", "actions"} <= set(said)
    assert ("lines" in said) == bool(kind.lines)
    (only,) = one.get(f"{kind.name}?external_id={docs[1].external_id}").json()["data"]
    assert only["id"] == docs[1].pk


@readable
def test_a_page_costs_few_queries_whatever_the_rows(kind, world, program):
    one, counts = program(), []
    include = "?include=lines" if kind.lines else ""
    for rows in (1, 3, 9):
        for n in range(rows):
            make(world, kind, f"Q{rows}-{n}")
        one.get(kind.name)
        with counted() as asked:
            assert one.get(f"{kind.name}{include}").status_code == 200
        counts.append(len(asked))
    assert len(set(counts)) == 1 and counts[0] <= 3, asked


def test_the_filters_are_those_of_the_page(world, program):
    kind, one = document_types()["sales_invoices"], program()
    make(world, kind, "A-1", state="open")
    make(world, kind, "A-2", state="paid")

    def numbers(asked):
        return [row["number"] for row in one.get(f"sales_invoices?{asked}").json()["data"]]

    assert numbers("state=paid") == ["A-2"]
    assert sorted(numbers("state=paid&state=open")) == ["A-1", "A-2"]
    assert numbers("q=a%202") == ["A-2"]
    assert numbers("total_from=99999999") == []
    assert numbers("updated_since=2999-01-01T00:00:00Z") == []
    assert len(numbers("updated_since=2000-01-01T00:00:00%2B01:00")) == 2
    for wrong in (
        "state=x",
        "issue_date_from=yesterday",
        "total_from=1,5",
        "limit=0",
        "q=",
        "limit=1&limit=2",
    ):
        error = error_of(one.get(f"sales_invoices?{wrong}"), 400, "invalid_parameters")
        assert error["fields"][0]["field"] == wrong.split("=")[0]


def test_what_is_internal_stays_with_the_people(world, program):
    doc, ana = make(world, document_types()["sales_invoices"], "A-1"), world.actor("ana")
    with scope(ana):
        notes.write(ana, doc, "for both")
        notes.write(ana, doc, "only us", internal=True)
    said = program().get(f"sales_invoices/{doc.pk}").json()
    assert [note["text"] for note in said["notes"]] == ["for both"]


def test_a_draft_of_the_supplier_is_not_there_yet(world, program):
    doc = make(world, document_types()["supplier_invoices"], "D-1", state="draft")
    error_of(program().get(f"supplier_invoices/{doc.pk}"), 404, "not_found")


def test_a_range_that_is_none_and_a_cursor_that_nobody_gave_are_refused(program):
    for wrong in ("issue_date_from=2026-02-01&issue_date_to=2026-01-01", "cursor=W10", "cursor=x"):
        error = error_of(program().get(f"sales_invoices?{wrong}"), 422, "invalid_filters")
        assert error["fields"][0]["field"] in wrong


# --- sending -------------------------------------------------------------------------------------------------------


def test_rows_are_created_then_unchanged_then_changed(world, program):
    one = program("sales_invoices:load")
    sent = one.post("sales_invoices/bulk", ndjson(invoice("I-1"), invoice("I-2")), kind=NDJSON)
    assert {"read": 2, "created": 2, "rejected": 0, "errors": []}.items() <= sent.json().items()
    again = one.post("sales_invoices/bulk", [invoice("I-1"), invoice("I-2", net_total="200", total="219")])
    assert {"unchanged": 1, "updated": 1, "created": 0}.items() <= again.json().items()
    found = invoices(world)
    assert str(found["I-2"].total) == "219.0000" and found["I-1"].lines.all()[0].description == "Tornillo"
    with scope(world.system()):
        assert LoadRun.objects.filter(doctype="sales_invoices", state="done").count() == 2


BAD = [
    (invoice(partner="nobody"), "partner", None),
    (invoice(number=5), "number", "wrong_type"),
    (invoice(total="1,5"), "total", "not_a_number"),
    (invoice(total="1e3"), "total", "not_a_number"),
    (invoice(net_total=10.123456), "net_total", "too_many_decimals"),
    (invoice(net_total=10**14), "net_total", "number_too_large"),
    (invoice(lines=[{"quantity": 1, "position": 2**31}]), "lines[0].position", "number_too_large"),
    (invoice(issue_date="15/01/2026"), "issue_date", None),
    (invoice(colour="red"), "colour", "unknown_field"),
    (invoice(number="x" * 61), "number", "too_long"),
    (invoice(number="a\0b"), "number", "nul"),
    (invoice(state="lost"), "state", "not_a_choice"),
    (invoice(lines=[{"quantity": "x"}]), "lines[0].quantity", "not_a_number"),
    (invoice(lines=[{"unit_price": 1}]), "lines[0].quantity", "required"),
    (invoice(lines="x"), "lines", "no_list"),
    ({k: v for k, v in invoice().items() if k != "external_id"}, "external_id", "required"),
    (7, "", "not_an_object"),
]


@pytest.mark.parametrize(("row", "field", "code"), BAD, ids=lambda v: str(v)[:20])
@pytest.mark.parametrize("kind", [NDJSON, "application/json"])
def test_a_bad_row_is_told_by_line_field_and_code_and_nothing_is_loaded(row, field, code, kind, world, program):
    rows = [invoice("GOOD"), row]
    response = program().post("sales_invoices/bulk", ndjson(*rows) if kind == NDJSON else rows, kind=kind)
    (fault,) = error_of(response, 422, "rows_refused")["fields"]
    assert (fault["line"], fault["field"]) == (2, field)
    assert code in (None, fault["code"]) and fault["message"]
    assert invoices(world) == {}


def test_the_good_rows_are_loaded_if_asked(world, program):
    rows = [invoice("GOOD"), invoice("BAD", partner="nobody")]
    said = program().post("sales_invoices/bulk?skip_bad=1", rows).json()
    assert (said["created"], said["rejected"], said["errors"][0]["field"]) == (1, 1, "partner")
    assert list(invoices(world)) == ["GOOD"]


def test_a_try_changes_nothing(world, program):
    said = program().post("sales_invoices/bulk?dry_run=1", [invoice()])
    assert said.status_code == 200 and invoices(world) == {}


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ("{", "application/json", 400, "broken_json"),
        ("{}", "application/json", 400, "broken_json"),
        ("", NDJSON, 400, "empty_body"),
        ("a,b", "text/csv", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_cannot_be_read_is_said_so(body, kind, status, code, program):
    error_of(program().post("sales_invoices/bulk", body, kind=kind), status, code)


def test_a_body_too_large_is_refused(program, settings):
    settings.LOAD_LIMIT = 100
    error_of(program().post("sales_invoices/bulk", ndjson(invoice()), kind=NDJSON), 413, "too_large")


def test_a_line_that_is_no_json_does_not_spoil_the_others(world, program):
    body = ndjson(invoice("A")) + "\n{broken\n\xff\n" + ndjson(invoice("B"))
    said = program().post("sales_invoices/bulk?skip_bad=1", body.encode("latin-1"), kind=NDJSON).json()
    assert [(e["line"], e["code"]) for e in said["errors"]] == [(2, "broken_json"), (3, "broken_json")]
    assert sorted(invoices(world)) == ["A", "B"]


def test_the_same_request_twice_is_done_once(world, program):
    one = program()
    first = one.post("sales_invoices/bulk", [invoice()], Idempotency_Key="k-1")
    again = one.post("sales_invoices/bulk", [invoice()], Idempotency_Key="k-1")
    assert again.content == first.content and again["Idempotent-Replayed"] == "true"
    other = one.post("sales_invoices/bulk", [invoice("I-2")], Idempotency_Key="k-1")
    error_of(other, 422, "idempotency_key_reused")
    assert list(invoices(world)) == ["I-1"]
    assert program().post("sales_invoices/bulk", [invoice()], Idempotency_Key="k-1").json()["unchanged"] == 1
    error_of(one.post("sales_invoices/bulk", [invoice()], Idempotency_Key="a b"), 400, "invalid_parameters")


def test_a_refusal_is_answered_the_same_again(world, program):
    one, rows = program(), [invoice(partner="late")]
    first = one.post("sales_invoices/bulk", rows, Idempotency_Key="k")
    assert first.status_code == 422
    again = one.post("sales_invoices/bulk", rows, Idempotency_Key="k")
    assert (again.status_code, again.content) == (422, first.content)


def test_old_answers_are_forgotten(world, program):
    from atrio.erp import jobs

    program().post("sales_invoices/bulk", [invoice()], Idempotency_Key="k")
    with scope(world.system()):
        ApiAnswer.objects.update(created_at=timezone.now() - dt.timedelta(days=8))
    jobs.forget_answers(0)
    with scope(world.system()):
        assert not ApiAnswer.objects.exists()


# --- acting --------------------------------------------------------------------------------------------------------


def test_an_action_is_the_same_as_on_the_page(world, program):
    doc, one = make(world, document_types()["purchase_orders"], "PO-1", state="confirmed"), program()
    assert "close" in one.get(f"purchase_orders/{doc.pk}").json()["actions"]
    done = one.post(f"purchase_orders/{doc.pk}/actions/close", {"version": 1})
    assert done.json() == {"id": doc.pk, "external_id": doc.external_id, "state": "closed", "version": 2}
    error_of(one.post(f"purchase_orders/{doc.pk}/actions/close"), 409, "wrong_state")
    error_of(one.post(f"purchase_orders/{doc.pk}/actions/reopen", {"version": 1}), 409, "stale")
    with scope(world.system()):
        event = Event.objects.get(doctype="purchase_orders", kind="close")
    assert event.actor_name.startswith("ERP") and event.origin.startswith("api ") and event.user_id is None


def test_a_form_is_filled_in_as_json(world, program):
    doc, one = make(world, document_types()["purchase_orders"], "PO-1", state="sent"), program()
    path = f"purchase_orders/{doc.pk}/actions/cancel"
    for sent, field in (({}, "reason"), ({"reason": 7}, "reason"), ({"reason": "x", "who": "y"}, "who")):
        error = error_of(one.post(path, sent), 422, "invalid")
        assert [f["field"] for f in error["fields"]] == [field]
    error_of(one.post(path, "{"), 400, "broken_json")
    error_of(one.post(path, "[]"), 400, "not_an_object")
    error_of(one.post(path, "x=1", kind="text/plain"), 415, "unsupported_media_type")
    with scope(world.system()):
        doc.refresh_from_db()
        assert (doc.state, doc.version) == ("sent", 1)
    assert one.post(path, {"reason": "no longer needed"}).json()["state"] == "cancelled"


def test_a_refusal_names_the_field(world, program):
    doc = make(world, document_types()["supplier_invoices"], "F-1", state="approved")
    response = program().post(f"supplier_invoices/{doc.pk}/actions/schedule", {"scheduled_date": "1999-01-01"})
    assert [f["field"] for f in error_of(response, 409, "not_now")["fields"]] == ["scheduled_date"]


def test_what_only_partners_may_do_is_not_offered(world, program):
    doc = make(world, document_types()["purchase_orders"], "PO-1", state="sent")
    error_of(program().post(f"purchase_orders/{doc.pk}/actions/confirm"), 404, "not_found")
    with scope(world.system()):
        doc.refresh_from_db()
        assert doc.state == "sent"


# --- the feed ------------------------------------------------------------------------------------------------------


def tell(world, doc, *texts, who="ana"):
    actor = world.actor(who)
    with scope(actor):
        for text in texts:
            events.record(actor, doc, "note", {"text": text})


def texts(response):
    return [event["facts"]["text"] for event in response.json()["events"]]


def test_the_feed_is_read_on_until_acknowledged_and_never_again(world, program, settled):
    doc, one = make(world, document_types()["sales_invoices"], "E-1"), program()
    tell(world, doc, "a", "b", "c")
    first = one.get("feed?limit=2")
    assert texts(first) == ["a", "b"] and first.json()["more"]
    assert texts(one.get("feed?limit=2")) == ["a", "b"], "until it is acknowledged it is told again"
    assert texts(one.get(f"feed?after={first.json()['next']}")) == ["c"]
    assert one.post("feed/ack", {"cursor": first.json()["next"]}).json()["acknowledged"] == first.json()["next"]
    assert texts(one.get("feed")) == ["c"]
    assert texts(one.get("feed?after=0.0")) == ["c"], "what was acknowledged is never told again"
    assert one.post("feed/ack", {"cursor": "0.1"}).json()["acknowledged"] == first.json()["next"]
    assert texts(program().get("feed")) == ["a", "b", "c"], "another program reads for itself"


def test_the_feed_tells_of_the_key_s_types_only(world, program, settled):
    tell(world, make(world, document_types()["sales_invoices"], "E-1"), "a")
    tell(world, make(world, document_types()["purchase_orders"], "E-2"), "b")
    tell(world, make(world, document_types()["sales_invoices"], "E-3", slug="rival"), "c", who="rita")
    assert texts(program("purchase_orders:feed").get("feed")) == ["b"]
    assert texts(program("purchase_orders:feed", "purchase_orders:read").get("feed")) == ["b"]
    error_of(program("purchase_orders:read").get("feed"), 403, "scope_missing")


def test_a_draft_of_the_supplier_is_told_when_it_is_sent(world, program, settled):
    doc, one = make(world, document_types()["supplier_invoices"], "D-1", state="draft", erp_state="pending"), program()
    tell(world, doc, "writing", who="tornillos")
    silent = one.get("feed").json()
    assert silent["events"] == []
    with scope(world.system()):
        type(doc).objects.filter(pk=doc.pk).update(state="sent")
    tell(world, doc, "sent", who="tornillos")
    assert one.post("feed/ack", {"cursor": silent["next"]}).json()["documents"] == 0, "not yet told of"
    found = one.get("feed")
    assert texts(found) == ["sent"]
    assert one.post("feed/ack", {"cursor": found.json()["next"]}).json()["documents"] == 1
    assert one.get(f"supplier_invoices/{doc.pk}").json()["erp_state"] == "acknowledged"
    assert one.get("feed").json()["events"] == [], "its own acknowledgement is no news to the reader"


def test_nothing_is_acknowledged_before_it_was_told(world, program):
    one = program()
    for cursor in ("999999999999.1", "x", 5, ""):
        error_of(one.post("feed/ack", {"cursor": cursor}), 422, "invalid")
    assert one.get("me").json()["acknowledged"] == "0.0"


# --- what it says of itself ----------------------------------------------------------------------------------------


def test_the_description_is_for_those_who_have_a_key(program):
    error_of(Client().get("/acme/api/v1/openapi.json"), 401, "not_authenticated")
    said = program("partners:read").get("openapi.json").json()
    assert said["openapi"].startswith("3.1") and len(said["paths"]) == len({e.path for e in endpoints()})


def test_a_field_whose_name_no_database_keeps_is_told_of_all_the_same(program):
    answer = program().post("catalog/bulk", [{"external_id": "P1", "code": "P1", "name": "x", "a\0b": 1}])
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "rows_refused")
    assert [fault["code"] for fault in answer.json()["error"]["fields"]] == ["unknown_field"]
