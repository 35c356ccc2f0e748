"""A portal with rows in every table that moves, in a database of its own that keeps what is written."""

import io
import os
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image

from atrio.core import events, files, notify
from atrio.core.about import side_of
from atrio.core.doctypes import document_types
from atrio.core.models import AsOf, Event, Follower, FormDraft, Mail, Note, Portal, SavedView, Sequence, Version
from atrio.core.scope import scope
from atrio.erp.api import keys
from atrio.erp.api.scopes import offered
from atrio.erp.models import LoadRun, State
from atrio.erp.moving.exporting import export
from atrio.ledger.actions import rebalance
from atrio.partners.models import Partner, PartnerLink
from atrio.people.access_requests.models import AccessRequest, AccessRequestPartner, InvitationBatch
from atrio.people.factors.models import Terms, TermsAcceptance
from atrio.people.models import Membership
from atrio.people.portals import logo
from atrio.people.viewing import view
from atrio.testing.race import arena
from atrio.testing.world import make


def picture(width: int = 40) -> bytes:
    """A logo as its page keeps it."""
    out = io.BytesIO()
    Image.new("RGB", (width, 30), "navy").save(out, "PNG")
    return logo.cleaned(out.getvalue())


def fill(world) -> None:
    """Documents of every type in both portals, with all that can hang on one."""
    for slug in ("acme", "rival"):
        actor = world.system(slug)
        for kind in document_types().values():
            for number in ("M-1", "M-2"):
                doc = make(world, kind, f"{number}-{slug}", slug=slug)
                with scope(actor):
                    _surround(actor, kind, doc, slug)
        with scope(actor):
            _rest(world, actor)
            rebalance(actor.portal.id)
    ana = world.actor("ana")
    with scope(ana):
        about = {"portal_id": ana.portal.id, "user_id": ana.user_id}
        SavedView.objects.create(**about, doctype="sales_invoices", name="Mine", query="q=m")
        FormDraft.objects.create(**about, path="/acme/x/1/", payload="{}")
        Follower.objects.create(**about, doctype="sales_invoices", document_id=_first(Event).document_id)
        PartnerLink.objects.create(portal_id=ana.portal.id, partner=world.partners.bodega, other=world.partners.mercado)
        place = Membership.objects.select_related("partner", "role").get(user=world.people["bodega"])
        view.start(ana, place.partner, place.role, place, "A question by telephone")


def _first(model):
    return model.objects.filter(doctype="sales_invoices").order_by("pk")[0]


def _surround(actor, kind, doc, slug: str) -> None:
    Note.objects.create(**side_of(actor, doc, internal=False), text=f"note {slug}", author="Ana")
    Note.objects.create(**side_of(actor, doc, internal=True), text=f"internal {slug}", author="Ana")
    files.keep(actor, doc, f"{slug}.xml", f"<a>{slug} {kind.name}</a>".encode(), role="xml")
    event = events.record(actor, doc, "note", {"text": f"told {slug}", "total": "1.50"})
    notify.announce(actor, event.pk)
    about = {"portal_id": actor.portal.id, "doctype": kind.name, "document_id": doc.pk}
    Version.objects.create(**about, number=1, snapshot={"total": "1"}, reason="sent", actor_name="Ana")


def _rest(world, actor) -> None:
    portal_id = actor.portal.id
    shown = logo.keep(portal_id, picture(40 + portal_id))
    Portal.objects.filter(pk=portal_id).update(settings={"receipt_tolerance_percent": 3}, logo=shown)
    Sequence.objects.create(portal_id=portal_id, name="receipts", last=41)
    AsOf.objects.update_or_create(portal_id=portal_id, doctype="sales_invoices", defaults={"at": timezone.now()})
    Mail.objects.create(portal_id=portal_id, to="a@b.example", subject="Waits", text="x")
    for state in (State.DONE, State.WAITING):
        run = LoadRun.objects.create(portal_id=portal_id, doctype="sales_invoices", file="a.csv", state=state)
    model = document_types()["sales_invoices"].model
    model.objects.filter(portal_id=portal_id).update(load_id=run.pk)
    terms = Terms.objects.create(
        portal_id=portal_id, kind="terms", number=1, texts={"es": "Uno"}, published_at=timezone.now()
    )
    person = Membership.objects.filter(portal_id=portal_id).first().user
    TermsAcceptance.objects.create(portal_id=portal_id, terms=terms, user=person)
    batch = InvitationBatch.objects.create(portal_id=portal_id, asked_by="Ana", total=1)
    asked = AccessRequest.objects.filter(portal_id=portal_id).first()
    AccessRequest.objects.filter(pk=asked.pk).update(batch=batch)
    partner = Partner.objects.filter(portal_id=portal_id).first()
    AccessRequestPartner.objects.get_or_create(portal_id=portal_id, request=asked, partner=partner)
    keys.make(actor, "program", list(offered()))


def everything_committed() -> int:
    """A horizon that does not wait for what other tests have under way on the same server."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint + atrio_transaction_base()")
        return cursor.fetchone()[0]


@pytest.fixture(scope="module")
def place(django_db_setup):
    with arena(f"atrio_moving_{os.getpid()}") as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "horizon", everything_committed)
        yield made


@pytest.fixture(scope="module")
def moved(place, _known, tmp_path_factory):
    """The world with its portals filled and sealed, and the archive of one."""

    def work():
        fill(_known)
        sealed = []
        for slug in ("acme", "rival"):
            with scope(_known.system(slug)):
                sealed.append(events.seal(_known.system(slug)))
        with scope(_known.system()):
            events.record(_known.system(), _first_invoice(), "note", {"text": "after the seal"})
        return sealed

    assert all(place.do(work))
    path = tmp_path_factory.mktemp("moved") / "acme.zip"
    manifest = place.do(lambda: export(_known.portals.acme, path))
    return SimpleNamespace(world=_known, path=path, manifest=manifest)


def _first_invoice():
    return document_types()["sales_invoices"].model._base_manager.order_by("pk")[0]
