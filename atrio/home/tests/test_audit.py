import csv
import io

from atrio.core.doctypes import document_type
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.testing.world import make


def test_staff_find_who_did_what_and_from_where(world, as_):
    order = make(world, document_type("purchase_orders"), "OC-1", state="sent")
    as_("tornillos").post(f"/acme/purchase_orders/{order.pk}/reject/", {"reason": "No stock", "version": "1"})
    page = as_("ana").get("/acme/audit/?doctype=purchase_orders&kind=reject").content.decode()
    assert "Tornillos" in page and "127.0.0.1" in page
    rows = list(
        csv.reader(
            io.StringIO(b"".join(as_("ana").get("/acme/audit/export.csv").streaming_content).decode("utf-8-sig")),
            delimiter=";",
        )
    )
    assert any("Rejected" in row for row in rows)
    with scope(world.system()):
        event = Event.objects.get(kind="reject")
    answer = as_("ana").get(f"/acme/audit/{event.pk}/")
    assert answer.headers["Location"] == f"/acme/purchase_orders/{order.pk}/"


def test_nobody_else_reads_it(world, as_):
    for who in ("bruno", "clara", "nadie", "tornillos", "bodega", "rita"):
        for rest in ("", "export.csv", "export.xlsx", "1/"):
            assert as_(who).get(f"/acme/audit/{rest}").status_code == 404, who
