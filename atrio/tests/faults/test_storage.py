"""A storage that is full, closed or has lost something: told in words, with nothing half written."""

import errno
import gc
import os
import resource
from contextlib import contextmanager

import pytest
from django.core.files import storage as storages  # not its lazy object: pytest looks into what a module names
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from atrio.config.storage import WholeFiles
from atrio.core import files
from atrio.core.doctypes import document_type
from atrio.core.models import Event, File
from atrio.core.scope import scope
from atrio.erp import jobs
from atrio.erp.api import keys
from atrio.erp.api.scopes import offered
from atrio.erp.api.tests.conftest import Program
from atrio.erp.loads import uploads
from atrio.erp.models import LoadRun, State
from atrio.home.jobs import sweep
from atrio.purchasing.purchase_orders.tests import maker as orders
from atrio.testing.world import make

PDF = b"%PDF-1.7 " + b"x" * 200_000
FULL = OSError(errno.ENOSPC, "No space left on device")
PROBLEMS = [FULL, PermissionError(errno.EACCES, "Permission denied"), TimeoutError("nfs")]


@pytest.fixture(autouse=True)
def empty_storage(world, tmp_path, monkeypatch):
    monkeypatch.setattr(storages.default_storage, "_wrapped", WholeFiles(location=tmp_path / "files"))


def stored() -> list[str]:
    top = storages.default_storage.path("")
    return [name for _folder, _folders, names in os.walk(top) for name in names]


def failing(monkeypatch, problem: OSError) -> None:
    def fail(*_unused, **_options):
        raise problem

    monkeypatch.setattr(WholeFiles, "_save", fail)


@contextmanager
def full_disk(room: int = 50_000):
    """A real refusal of the kernel, in the middle of a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def upload(name: str = "a.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


@pytest.fixture
def invoice(world):
    return make(world, document_type("sales_invoices"), "FV-1")


def kept(world) -> tuple:
    with scope(world.system()):
        return File.objects.count(), Event.objects.filter(kind="file").count()


# --- writing


def test_a_full_disk_leaves_no_half_file_under_its_name(tmp_path):
    storage = WholeFiles(location=tmp_path / "s")
    with full_disk(), pytest.raises(OSError):
        storage.save("1/aa/whole", ContentFile(PDF))
    assert not storage.exists("1/aa/whole") and not list((tmp_path / "s" / ".parts").iterdir())
    assert storage.save("1/aa/whole", ContentFile(PDF)) == "1/aa/whole" and storage.size("1/aa/whole") == len(PDF)


def test_a_kill_in_the_middle_of_a_write_leaves_no_half_file_under_its_name(tmp_path):
    storage = WholeFiles(location=tmp_path / "s")

    class Deadly(ContentFile):
        def chunks(self, chunk_size=None):
            yield PDF[:1000]
            os.kill(os.getpid(), 9)

    if not (child := os.fork()):
        storage.save("1/aa/whole", Deadly(PDF))
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == 9
    assert not storage.exists("1/aa/whole")
    (part,) = (tmp_path / "s" / ".parts").iterdir()
    storage.sweep_parts()
    assert part.exists(), "somebody may be writing it"
    os.utime(part, (0, 0))
    storage.sweep_parts()
    assert not part.exists()


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: type(p).__name__)
def test_an_attachment_that_cannot_be_kept_is_refused_in_words(problem, world, as_, invoice, monkeypatch):
    failing(monkeypatch, problem)
    response = as_("ana").post(f"/acme/sales_invoices/{invoice.pk}/files/", {"file": upload()})
    assert response.status_code == 422
    assert "The file could not be kept" in response.content.decode()
    assert kept(world) == (0, 0) and stored() == []


def test_a_disk_that_fills_up_in_the_middle_of_an_attachment(world, as_, invoice):
    with full_disk():
        response = as_("ana").post(f"/acme/sales_invoices/{invoice.pk}/files/", {"file": upload()})
    assert response.status_code == 422 and "The file could not be kept" in response.content.decode()
    assert kept(world) == (0, 0) and stored() == []
    again = as_("ana").post(f"/acme/sales_invoices/{invoice.pk}/files/", {"file": upload()})
    assert again.status_code == 303 and kept(world) == (1, 1)


def test_a_form_keeps_what_was_typed_and_says_it_beside_the_file(world, as_, monkeypatch):
    with scope(world.system()):
        order = orders.make(world, world.portals.acme, world.partners.tornillos, "OC-1", "received")
        order.lines.update(received_quantity=5)
        line = order.lines.get(position=1).pk
    data = {"number": "F-77", "issue_date": "2026-03-15", "remarks": "Gracias por todo", "attachments": upload()}
    data |= {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "1", "lines-0-order_line": line}
    data |= {"lines-0-quantity": "2", "lines-0-unit_price": "100", "lines-0-tax_rate": "19"}
    supplier, address = as_("tornillos"), f"/acme/supplier_invoices/new/?order={order.pk}"
    failing(monkeypatch, FULL)
    response = supplier.post(address, data)
    page = response.content.decode()
    assert response.status_code == 409 and "Gracias por todo" in page and 'value="F-77"' in page
    assert "The file could not be kept" in page.split('id="id_attachments_error"')[1][:400], "beside the field"
    assert kept(world) == (0, 0) and stored() == []
    assert not document_type("supplier_invoices").model._base_manager.filter(number="F-77").exists()
    assert "Gracias por todo" in supplier.get(address).content.decode(), "as a draft, too"


def test_what_an_undone_transaction_had_stored_is_swept_out_later(world, invoice):
    actor = world.system()
    with scope(actor):
        files.keep(actor, invoice, "kept.pdf", PDF)
        inner = make(world, document_type("purchase_orders"), "OC-1")
        internal = world.actor("tornillos")
    with scope(internal):  # staff do not see that this one is named by a row
        files.keep(internal, inner, "internal.pdf", PDF + b"1", internal=True)
    with pytest.raises(ZeroDivisionError), scope(actor):
        files.keep(actor, invoice, "undone.pdf", PDF + b"2")
        raise ZeroDivisionError
    assert len(stored()) == 3
    assert sweep(actor, timezone.now().replace(year=2000)) == 0, "what is young may be on its way"
    assert sweep(actor, timezone.now()) == 1 and len(stored()) == 2
    assert sweep(actor, timezone.now()) == 0


# --- reading


@pytest.mark.parametrize("loss", ["missing", "closed"])
def test_a_file_that_cannot_be_read_is_unavailable_and_no_mistake_of_ours(loss, world, as_, invoice, monkeypatch):
    actor = world.system()
    with scope(actor):
        xml = files.keep(actor, invoice, "f.xml", b"<factura/>", role="xml")
        _key, text = keys.make(actor, "ERP", offered())
    if loss == "missing":
        storages.default_storage.delete(files.path_of(xml.portal_id, xml.sha256))
    else:
        monkeypatch.setattr(WholeFiles, "_open", lambda *_unused: (_ for _ in ()).throw(PROBLEMS[1]))
    base = f"/acme/sales_invoices/{invoice.pk}"
    for address in (f"{base}/files/{xml.pk}/", f"{base}/pdf/"):
        response = as_("bodega").get(address)
        assert response.status_code == 503 and response["Retry-After"]
        assert "“f.xml” cannot be read now" in response.content.decode()
    answer = Program(text).get(f"sales_invoices/{invoice.pk}/files/{xml.pk}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable") and answer["Retry-After"]


# --- loads


CSV = "external_id,code,name,price\nP1,T-1,Tornillo,10.50\nP2,T-2,Tuerca,x\n"


def send(client):
    return client.post("/acme/loads/", {"kind": "catalog", "file": SimpleUploadedFile("p.csv", CSV.encode())})


def only_run(world) -> LoadRun:
    with scope(world.system()):
        return LoadRun.objects.get()


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: type(p).__name__)
def test_a_load_that_cannot_be_kept_is_refused_beside_the_file(problem, world, as_, monkeypatch):
    failing(monkeypatch, problem)
    response = send(as_("ana"))
    assert response.status_code == 422 and "The file could not be kept" in response.content.decode()
    with scope(world.system()):
        assert not LoadRun.objects.exists() and stored() == []


def test_a_second_file_that_does_not_fit_takes_the_first_with_it(world, as_, monkeypatch):
    whole, seen = WholeFiles._save, []

    def second_fails(storage, name, content):
        seen.append(name)
        if len(seen) == 2:
            raise FULL
        return whole(storage, name, content)

    monkeypatch.setattr(WholeFiles, "_save", second_fails)
    data = {"kind": "catalog", "file": SimpleUploadedFile("p.csv", CSV.encode())}
    data["others"] = SimpleUploadedFile("q.csv", b"a,b\n1,2\n")
    assert as_("ana").post("/acme/loads/", data).status_code == 422
    assert len(seen) == 2 and stored() == []


def test_a_load_whose_files_are_away_waits_says_why_and_resumes(world, as_, run_jobs, monkeypatch):
    ana = as_("ana")
    page = send(ana).headers["Location"]
    assert ana.post(f"{page}start/", {"skip_bad": "1"}).status_code == 303
    run = only_run(world)
    task = {"portal_id": run.portal_id, "load_id": run.pk}
    with monkeypatch.context() as away:
        away.setattr(WholeFiles, "_open", lambda *_unused: (_ for _ in ()).throw(PROBLEMS[2]))
        with pytest.raises(OSError):
            jobs.run_load(**task)
        assert "The storage does not answer" in ana.get(page).content.decode().replace("La ", "The ")
        assert only_run(world).state == State.WAITING
    jobs.run_load(**task)
    run = only_run(world)
    assert (run.state, run.created, run.rejected, run.problem) == (State.DONE, 1, 1, "")


def test_rows_are_loaded_although_their_errors_cannot_be_listed(world, as_, monkeypatch):
    ana = as_("ana")
    page = send(ana).headers["Location"]
    ana.post(f"{page}start/", {"skip_bad": "1"})
    run = only_run(world)
    failing(monkeypatch, FULL)
    jobs.run_load(portal_id=run.portal_id, load_id=run.pk)
    run = only_run(world)
    assert (run.state, run.created, run.errors_file, len(run.errors)) == (State.DONE, 1, "", 1)
    assert run.problem and run.problem in ana.get(page).content.decode()


def test_a_lost_list_of_errors_is_unavailable(world, as_, run_jobs):
    ana = as_("ana")
    page = send(ana).headers["Location"]
    ana.post(f"{page}start/")
    run_jobs()
    run = only_run(world)
    assert run.state == State.FAILED
    storages.default_storage.delete(run.errors_file)
    assert ana.get(f"{page}errors.csv").status_code == 503


def test_files_of_loads_are_removed_some_time_after(world, as_, run_jobs):
    ana = as_("ana")
    done, waiting = (send(ana).headers["Location"] for _ in range(2))
    ana.post(f"{done}start/", {"skip_bad": "1"})
    run_jobs()
    actor, day = world.system(), timezone.timedelta(days=1)
    uploads.clear_files(actor, timezone.now() - day)
    assert stored().count("p.csv") == 2
    uploads.clear_files(actor, timezone.now() + day)
    assert stored().count("p.csv") == 0
    with scope(actor):
        assert [run.state for run in LoadRun.objects.order_by("pk")] == [State.DONE, State.FAILED]
    assert ana.get(done).status_code == 200
    assert "Send them again" in ana.get(waiting).content.decode()


def test_an_export_on_a_full_disk_is_whole_or_refused(world, as_):
    for number in range(60):
        make(world, document_type("sales_invoices"), f"FV-{number}")
    ana = as_("ana")
    ana.raise_request_exception = False
    with full_disk(1000):
        response = ana.get("/acme/sales_invoices/export.xlsx")
        whole = response.status_code == 200 and b"".join(response.streaming_content)
    if whole is False:
        assert response.status_code == 503 and response["Retry-After"]
        assert "Not available just now" in response.content.decode()
    else:
        assert whole[-22:].startswith(b"PK\x05\x06"), "a ZIP that ends as it should"
    del response, ana
    gc.collect()  # a cursor that was left open would be closed now, and break the transaction of whoever is next
    with scope(world.system()):
        assert not LoadRun.objects.exists()
