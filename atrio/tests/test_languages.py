"""Whoever reads Spanish or Portuguese meets no English: every address of the site, for each audience and a stranger."""

import gettext
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation

from atrio.config import messages
from atrio.core import templating
from atrio.core.doctypes import document_types
from atrio.core.models import Event, Mail, Portal, Version
from atrio.core.scope import scope
from atrio.erp.models import LoadRun, State
from atrio.home import errors
from atrio.people.models import User
from atrio.testing.sweep import addresses
from atrio.testing.texts import English, texts_of
from atrio.testing.world import make, owner_of, states_of

PEOPLE = ("ana", "nadie", "bodega", "tornillos", "mixta")
STATEMENTS = ({"tab": "open"}, {"tab": "settled"}, {"date_from": "2026-01-01"}, {"date_from": "x"}, {"side": "payable"})
HEADINGS = {"es": "Id. del ERP;Código;Nombre;Precio", "pt-br": "Id. do ERP;Código;Nome;Preço"}
ROWS = "P1;T-1;Tornillo;x\n;T-2;Tuerca;2\nP3;T-3;Clavo;3\n"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locale")
    messages.compile_all(folder)
    return folder


@pytest.fixture(params=["es", "pt-br"])
def language(request, compiled, settings, world):
    settings.LOCALE_PATHS = [compiled]
    templating.forget()
    User.objects.update(language=request.param)
    yield request.param
    # Django merges our catalogue into the standard library's cached copy of its own: forget it, or it stays for all.
    gettext._translations.clear()
    templating.forget()


@pytest.fixture
def speaks(language):
    """Reads responses, and in the end refuses all that is left of English in them."""
    english = English(messages.read({"pt-br": "pt_BR"}.get(language, language)))
    left: dict[str, str] = {}

    def check(response, where: str):
        left.update({text: where for text in english.in_(texts_of(response)) if text not in left})
        return response

    yield check
    assert not left, "\n".join(f"{language}: {text!r} in {where}" for text, where in left.items())


def documents(world, kind) -> list:
    """One in each state, with everything that happens to documents told about the first."""
    found = [make(world, kind, f"N-{n}", state=state) for n, state in enumerate(states_of(kind))]
    first, actor = found[0], world.system()
    about = {"portal_id": actor.portal.id, "doctype": kind.name, "document_id": first.pk}
    about |= {"partner_id": getattr(first, "partner_id", None), "actor_name": "Ana"}
    with scope(actor):
        for happened in ("created", "changed", "note", "file", "file_removed", "seen", *kind.tells):
            Event.objects.create(**about, kind=happened, facts={"reason": "R-1"})
        if kind.snapshot:
            said = kind.snapshot(first)
            for number, snapshot in enumerate((said, said | {"total": "1", "lines": {}}), start=1):
                Version.objects.create(**about, number=number, snapshot=snapshot, reason="x")
    return found


def asked_of(kind, docs, order) -> list[tuple[str, dict]]:
    """Every address of a type: those of a document in each state, those of an action where it is possible."""
    found = []
    for address in addresses():
        if address.kind is not kind or {"file_id", "view"} & set(address.holes):
            continue
        for doc in docs if "pk" in address.holes else docs[:1]:
            state = getattr(doc, "state", "")
            names = [a.name for a in kind.actions if state in a.sources] if "name" in address.holes else [""]
            many = address.route.endswith("pdf/") and doc is not docs[0]
            found += [] if many else [(address.filled({"slug": "acme", "pk": doc.pk, "name": n}), {}) for n in names]
    base = f"/acme/{kind.name}/"
    found += [
        (base, {"q": "nada de eso"}),
        (base, {"issue_date_from": "x", "state": "x"}),
        (f"{base}new/", {"order": order}),
    ]
    return [*found, (base, {"number_from": "A", "date_from": "2026-01-01", "related": "1"})]


@pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
def test_pages_of_a_type(kind, language, speaks, world, as_):
    docs, order = documents(world, kind), make(world, document_types()["purchase_orders"], "OC-1", state="confirmed").pk
    for who in ("ana", owner_of(kind)):
        client = as_(who)
        asked = asked_of(kind, docs, order)
        for url, data in asked:
            speaks(client.get(url, data), f"{who} {url} {data}")
        for url, data in asked:
            address = f"{url}?{urlencode(data)}" if data else url
            speaks(client.post(address, {}), f"{who} POST {address}")


def test_pages_of_no_type(language, speaks, world, as_):
    for kind in document_types().values():
        documents(world, kind)
    values = {"slug": "acme", "name": "sales_invoices", "pk": 1, "view": 1, "file_id": 1} | {
        "secret": "x",
        "portal": "acme",
    }
    typed = document_types().values()
    for who in PEOPLE:
        client = as_(who)
        for address in addresses():
            if (
                address.kind not in typed and "templates" not in address.route
            ):  # programs' names, the same in all languages
                speaks(client.get(address.filled(values)), f"{who} {address.route}")
        for tab in ("purchasing", "payables", "receivables", "customer", "supplier"):
            speaks(client.get("/acme/", {"tab": tab}), f"{who} {tab}")
        for data in (
            {"tab": "open"},
            {"tab": "settled"},
            {"date_from": "2026-01-01"},
            {"date_from": "x"},
            {"side": "payable"},
        ):
            partner = {"partner": world.partners.mixta.pk} if who == "ana" else {}
            speaks(client.get("/acme/statement/", data | partner), f"{who} statement {data}")
            speaks(client.get("/acme/balances/", data), f"{who} balances {data}")
        for text in ("N-1", "x", "nada de eso"):
            speaks(client.get("/acme/search/", {"q": text}), f"{who} search {text}")
        speaks(client.post("/acme/profile/", {"phone": "x", "name": ""}), f"{who} profile")
        speaks(client.post("/accounts/password/change/", {"password1": "x"}), f"{who} password")
        speaks(client.get("/acme/profile/"), f"{who} profile")


def test_loads(language, speaks, world, as_):
    ana = as_("ana")
    speaks(ana.post("/acme/loads/", {}), "empty form")
    unknown = {"kind": "catalog", "file": SimpleUploadedFile("a.csv", b"x;y\n1;2\n")}
    speaks(ana.post("/acme/loads/", unknown), "columns of another")
    file = SimpleUploadedFile("a.csv", f"{HEADINGS[language]}\n{ROWS}".encode())
    sent = ana.post("/acme/loads/", {"kind": "catalog", "file": file})
    assert "Clavo" in speaks(ana.get(sent.headers["Location"]), "preview").content.decode()
    with scope(world.system()):
        for state in State.values:
            facts = {"portal_id": world.portals.acme.id, "doctype": "catalog", "file": "a.csv", "actor_name": "Ana"}
            run = LoadRun.objects.create(**facts, state=state, rejected=1, finished_at=timezone.now() + timedelta(1))
            if state != State.UPLOADED:
                speaks(ana.get(f"/acme/loads/{run.pk}/"), state)
    speaks(ana.get("/acme/loads/"), "history")


def test_what_is_told_and_mailed(language, speaks, world, as_, run_jobs):
    order = make(world, document_types()["purchase_orders"], "OC-1", state="sent")
    url, supplier = f"/acme/purchase_orders/{order.pk}/", as_("tornillos")
    supplier.post(f"{url}confirm/", {"version": order.version})
    speaks(supplier.get(url), "what was done")
    run_jobs()
    assert "OC-1" in speaks(as_("ana").get("/acme/notifications/"), "notifications").content.decode()
    with scope(world.system()):
        sent = Mail.objects.filter(to="ana@acme.example").get()
    page = as_("ana").get("/acme/")
    page.content = f"{sent.html}<p>{sent.subject}</p>" + "".join(f"<p>{line}</p>" for line in sent.text.splitlines())
    speaks(page, "mail")


def test_the_door(language, speaks, world, run_jobs):
    """Wrong guesses until it waits, both forms of recovery with their mails, and what is asked of a password."""
    with scope(world.system("rival")):
        Portal.objects.filter(slug="rival").update(settings={"recovery": "strict", "captcha": "always"})
    stranger = Client(headers={"accept-language": language})
    speaks(stranger.get("/accounts/login/", {"next": "/rival/"}), "sign-in with a question")
    speaks(stranger.post("/accounts/login/?next=/rival/", {"login": "x", "password": "x"}), "no answer")
    for n in range(6):
        speaks(Client().post("/accounts/login/", {"login": "rita@rival.example", "password": "x"}), f"guess {n}")
    for path in ("", "sent/", "x/"):
        speaks(stranger.get(f"/accounts/password/reset/{path}?next=/rival/"), f"recovery {path}")
    speaks(stranger.post("/accounts/password/reset/?next=/rival/", {}), "recovery, empty")
    for who in ("ana@acme.example", "rita@rival.example"):
        stranger.post("/accounts/password/reset/", {"email": who})
    run_jobs()
    with scope(world.system()):
        (sent,) = Mail.objects.filter(to="ana@acme.example")
    link = re.search(r"(/accounts/password/reset/[^\s/]+/)", sent.text)[1]
    speaks(stranger.get(link), "new password")
    speaks(stranger.post(link, {"password1": "x", "password2": "y"}), "weak")
    stranger.post(link, {"password1": "Otra-clave-2", "password2": "Otra-clave-2"})
    speaks(stranger.get("/accounts/login/"), "changed")
    for slug in ("acme", "rival"):
        with scope(world.system(slug)):
            mails = list(Mail.objects.all())
        for mail in mails:
            page = stranger.get("/accounts/login/")
            page.content = f"{mail.html}<p>{mail.subject}</p>".encode()
            speaks(page, f"mail {mail.subject}")


def test_strangers_and_failures(language, speaks, world):
    stranger = Client(headers={"accept-language": language}, enforce_csrf_checks=True)
    speaks(stranger.get("/accounts/login/", {"next": "/acme/"}), "sign-in")
    speaks(stranger.post("/accounts/login/", {}), "csrf")
    open_door = Client(headers={"accept-language": language})
    speaks(open_door.post("/accounts/login/", {}), "sign-in, empty")
    speaks(open_door.post("/accounts/login/", {"login": "ana@acme.example", "password": "x"}), "sign-in, wrong")
    speaks(open_door.get("/accounts/nowhere/"), "404")
    request = open_door.get("/accounts/login/").wsgi_request
    for failure in (errors.bad_request, errors.forbidden, errors.not_found, errors.too_many, errors.server_error):
        with translation.override(language):
            speaks(failure(request), failure.__name__)
    with translation.override(language):
        speaks(errors.unavailable(request, None), "unavailable")
