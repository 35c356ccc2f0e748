"""Loading by the web: send, preview, load, mend."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from atrio.catalog.models import Product
from atrio.core.scope import scope
from atrio.erp import jobs
from atrio.erp.models import LoadRun, State

GOOD = "ERP id;Code;NAME;price\nP1;T-1;Tornillo <b>;10,50\nP2;T-2;Tuerca;1.234,00\n"
BAD = "external_id;code;name;price\nP1;T-1;Tornillo;x\nP2;T-2;Tuerca;2\n"
MAPPING = """
[columns]
external_id = "id"
code = "id"
name = "descr"
group = "grp.name"
[join.grp]
file = "groups.csv"
key = "g"
"""


def file(name, text):
    return SimpleUploadedFile(name, text.encode())


@pytest.fixture
def send(as_):
    def send(text=GOOD, who="ana", kind="catalog", **files):
        data = {"kind": kind, "file": file("productos.csv", text)} | files
        return as_(who).post("/acme/loads/", data)

    return send


def products(world):
    with scope(world.system()):
        return {p.external_id: p.name for p in Product.objects.all()}


def started(world, client, address, monkeypatch, **data):
    """Press the button, and do what the worker would do."""
    asked = []
    monkeypatch.setattr(jobs.run_load, "defer", lambda **task: asked.append(task))
    response = client.post(f"{address}start/", data)
    for task in asked:
        jobs.run_load(**task)
    return response


def test_the_way_of_a_good_file(world, as_, send, monkeypatch):
    ana = as_("ana")
    assert "templates/catalog.csv" in ana.get("/acme/loads/").content.decode()
    response = send()
    address = response.headers["Location"]
    page = ana.get(address).content.decode()
    assert "Tornillo &lt;b&gt;" in page and "ERP id" in page and "1.234" in page
    assert products(world) == {}, "a preview loads nothing"
    assert started(world, ana, address, monkeypatch).status_code == 303
    assert products(world) == {"P1": "Tornillo <b>", "P2": "Tuerca"}
    page = ana.get(address).content.decode()
    assert "hx-trigger" not in page.split('id="progress"')[1][:200], "what is over is not asked again"
    assert "productos.csv" in ana.get("/acme/loads/").content.decode()
    again = ana.post(f"{address}start/", {})
    assert again.status_code == 409


@pytest.mark.parametrize(("skip", "kept"), [("0", {}), ("1", {"P2": "Tuerca"})])
def test_bad_rows_are_shown_and_left_out_only_if_asked(skip, kept, world, as_, send, monkeypatch):
    ana, address = as_("ana"), send(BAD).headers["Location"]
    page = ana.get(address).content.decode()
    assert "skip_bad" in page and "price" in page
    started(world, ana, address, monkeypatch, skip_bad=skip)
    assert products(world) == kept
    errors = b"".join(ana.get(f"{address}errors.csv").streaming_content).decode("utf-8-sig")
    assert errors.splitlines()[0] == "file,line,column,value,code,reason"
    assert ",2,price,x," in errors


def test_a_mapping_with_its_files(world, as_, send, monkeypatch):
    given = {"mapping": file("m.toml", MAPPING), "others": [file("groups.csv", "g,name\n1,Ferretería\n")]}
    response = send("id,descr,grp\nA,Tuerca,1\n", **given)
    assert response.status_code == 422, "the join looks the key up in a column that the file has not"
    assert "aria-invalid" in response.content.decode()
    given["mapping"].seek(0)
    given["others"][0].seek(0)
    response = send("id,descr,g\nA,Tuerca,1\n", **given)
    started(world, as_("ana"), response.headers["Location"], monkeypatch)
    with scope(world.system()):
        assert Product.objects.get(external_id="A").group == "Ferretería"


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("", {}),
        ("nombre\nx\n", {}),
        ('external_id,code,name\n1,"x\n', {"mapping": file("m.toml", "[columns")}),
        (GOOD, {"mapping": file("m.toml", '[columns]\nexternal_id = "no"\ncode="no"\nname="no"')}),
        (GOOD, {"mapping": file("productos.csv", MAPPING)}),
        (GOOD, {"kind": "nothing"}),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_kept(text, extra, world, as_):
    data = {"kind": "catalog", "file": file("productos.csv", text)} | extra
    response = as_("ana").post("/acme/loads/", data)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    with scope(world.system()):
        assert not LoadRun.objects.exists()


def test_too_much_at_once_is_refused(world, send, settings):
    settings.LOAD_LIMIT = 10
    assert send().status_code == 422


def test_names_of_files_lead_nowhere_else(world, send, as_):
    given = {"others": [file("../../evil.csv", "g,name\n1,x\n")], "mapping": file("m.toml", MAPPING)}
    address = send("id,descr,g\nA,Tuerca,1\n", **given)
    assert address.status_code == 422  # groups.csv is not among the files; evil.csv is only a name
    with scope(world.system()):
        assert not LoadRun.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("tornillos", 404), ("bodega", 404), ("nadie", 403), ("clara", 403)])
def test_who_may_not_load(who, status, world, as_, send):
    address = send().headers["Location"]
    client = as_(who)
    with scope(world.system()):
        run = LoadRun.objects.get()
    for path in ("/acme/loads/", address, f"{address}errors.csv", "/acme/loads/templates/catalog.csv"):
        assert client.get(path).status_code == status, path
    assert client.post(f"{address}start/").status_code == status
    assert client.post("/acme/loads/", {"kind": "catalog", "file": file("a.csv", GOOD)}).status_code == status
    with scope(world.system()):
        assert [(one.pk, one.state) for one in LoadRun.objects.all()] == [(run.pk, State.UPLOADED)]


def test_another_portal_sees_no_load(world, as_, send):
    address = send().headers["Location"].replace("/acme/", "/rival/")
    rita = as_("rita")
    assert rita.get(address).status_code == 404
    assert rita.post(f"{address}start/").status_code == 404


def test_a_buyer_loads_orders_but_no_products(world, as_, send):
    page = as_("bruno").get("/acme/loads/").content.decode()
    choices = page.split('name="kind"')[1].split("</select>")[0]
    assert 'value="purchase_orders"' in choices and 'value="catalog"' not in choices
    assert send(who="bruno").status_code == 422
    address = send().headers["Location"]
    assert as_("bruno").get(address).status_code == 404


def test_a_template_needs_no_mapping(world, as_, send):
    text = as_("ana").get("/acme/loads/templates/purchase_orders.csv").content.decode("utf-8-sig")
    names = text.strip().split(",")
    assert {"external_id", "partner", "line_quantity"} <= set(names)
    values = {"external_id": "O1", "number": "1", "partner": "tornillos", "issue_date": "2026-01-02"}
    values |= {"currency": "COP", "line_quantity": "2", "line_unit_price": "5", "line_description": "x"}
    row = ",".join(values.get(name, "") for name in names)
    response = send(f"{text}{row}\n", kind="purchase_orders")
    assert response.status_code == 303
    assert "<td" in as_("ana").get(response.headers["Location"]).content.decode()


def test_a_worker_that_was_killed_leaves_nothing_half_done(world, as_, send, monkeypatch):
    address = send().headers["Location"]

    def killed(actor, ids):
        raise SystemExit

    from atrio.catalog.doctype import PRODUCTS

    monkeypatch.setitem(PRODUCTS.load.__dict__, "after", killed)
    with pytest.raises(SystemExit):
        started(world, as_("ana"), address, monkeypatch)
    assert products(world) == {}
    monkeypatch.undo()
    with scope(world.system()):
        run = LoadRun.objects.get()
        assert run.state == State.WAITING
    jobs.run_load(portal_id=run.portal_id, load_id=run.pk)  # what the reaper hands to the next worker
    assert len(products(world)) == 2
