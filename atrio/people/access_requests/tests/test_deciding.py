"""Staff decide: which company it may be, in or out, and what the other side hears of it."""

import pytest

from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.partners.models import Partner

from ..matching import alike, matches, same_tax_id
from ..models import State
from .conftest import link_in


@pytest.fixture
def asked(ask, letters, requests):
    def one(**typed: str):
        ask(**typed)
        letters()
        return requests()[-1]

    return one


def test_a_request_is_approved_and_its_invitation_sent(world, as_, asked, letters, requests):
    doc = asked()
    url = f"/acme/access_requests/{doc.pk}/"
    assert "P · Request" in as_("ana").get("/acme/access_requests/").content.decode()
    typed = {"partners": "tornillos", "role": "partner:reader"}
    assert as_("ana").post(f"{url}approve/", typed).status_code == 303
    (letter,) = letters()
    (doc,) = requests()
    assert (doc.state, doc.partner_id, doc.role.name) == (State.INVITED, world.partners.tornillos.pk, "reader")
    assert letter.to == ["nora@andina.example"] and link_in(letter)
    page = as_("ana").get(url).content.decode()
    assert "Tornillos Ñandú" in page and "Approved and invited" in page


def test_several_companies_are_linked_and_none_learns_of_the_others(world, as_, asked):
    doc = asked()
    typed = {"partners": "tornillos, aceros", "role": "partner:reader"}
    assert as_("ana").post(f"/acme/access_requests/{doc.pk}/approve/", typed).status_code == 303
    with scope(world.system()):
        assert sorted(doc.links.values_list("partner__code", flat=True)) == ["aceros", "tornillos"]
    for who in ("tornillos", "aceros"):
        assert as_(who).get(f"/acme/access_requests/{doc.pk}/").status_code == 404


def test_linking_keeps_the_request_undecided(world, as_, asked, letters):
    doc = asked()
    typed = {"partners": "tornillos", "role": "partner:reader"}
    assert as_("ana").post(f"/acme/access_requests/{doc.pk}/connect/", typed).status_code == 303
    with scope(world.system()):
        doc.refresh_from_db()
    assert doc.state == State.PENDING and doc.partner_id == world.partners.tornillos.pk and letters() == []
    assert as_("tornillos").get(f"/acme/access_requests/{doc.pk}/").status_code == 404, (
        "not theirs before it is decided"
    )


def test_a_rejection_is_coded_explained_and_mailed(world, as_, asked, letters):
    doc = asked()
    typed = {"reason_code": "unknown", "reason": "No <b>hay</b> contrato."}
    assert as_("ana").post(f"/acme/access_requests/{doc.pk}/reject/", typed).status_code == 303
    (letter,) = letters()
    assert letter.to == ["nora@andina.example"] and "No <b>hay</b> contrato." in letter.body
    assert "&lt;b&gt;hay" in letter.alternatives[0][0] and "<b>hay" not in letter.alternatives[0][0]
    with scope(world.system()):
        doc.refresh_from_db()
        event = Event.objects.get(doctype="access_requests", kind="reject")
    assert (doc.state, doc.reason_code, event.facts["code"]) == (State.REJECTED, "unknown", "unknown")
    again = as_("ana").post(
        f"/acme/access_requests/{doc.pk}/approve/", {"partners": "aceros", "role": "partner:reader"}
    )
    assert again.status_code == 409 and letters() == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"partners": "nobody", "role": "partner:reader"}, "partners"),
        ({"partners": "", "role": "partner:reader"}, "partners"),
        ({"partners": "clavos", "role": "partner:reader"}, "partners"),
        ({"partners": "tornillos", "role": "staff:administrator"}, "role"),
        ({"partners": "tornillos", "role": "partner:god"}, "role"),
    ],
)
def test_a_wrong_company_or_role_is_refused_beside_its_field(world, typed, field, as_, asked, letters):
    doc = asked()
    answer = as_("ana").post(f"/acme/access_requests/{doc.pk}/approve/", typed)
    assert answer.status_code == 422 and f'id="id_{field}_error"' in answer.content.decode()
    with scope(world.system()):
        doc.refresh_from_db()
    assert doc.state == State.PENDING and letters() == []


def test_staff_without_the_permission_only_read(as_, asked, letters):
    doc = asked()
    for verb in ("approve", "reject", "connect"):
        answer = as_("clara").post(f"/acme/access_requests/{doc.pk}/{verb}/", {"partners": "tornillos"})
        assert answer.status_code == 403, verb
    assert letters() == []


# --- which company it may be ------------------------------------------------------------------------------------------


def partner(world, code: str, **facts) -> Partner:
    from atrio.core import search

    name = facts.pop("name", code)
    tokens = search.tokens(world.portals.acme.id, numbers=(code,), texts=(name,))
    return Partner.objects.create(
        portal_id=world.portals.acme.id, external_id=code, code=code, name=name, search=tokens, **facts
    )


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"tax_id": "8600030201"}, "same tax id"),
        ({"tax_id": "860003020"}, "same tax id"),
        ({"email": "NORA@andina.example"}, "same e-mail"),
        ({"email": "ventas@andina.example"}, "same e-mail domain"),
        ({"name": "Andina Tornillería Ltda."}, "same name"),
        ({"name": "Tornilleria Andina de Occidente"}, "similar name"),
    ],
)
def test_a_company_is_suggested_with_the_reason(facts, why, world, as_, asked):
    doc = asked()
    with scope(world.system()):
        partner(world, "CAND", **facts)
        found = matches(world.system(), doc)
    assert [(one.code, one.why) for one in found] == [("CAND", (why,))]
    page = as_("ana").get(f"/acme/access_requests/{doc.pk}/").content.decode()
    assert "CAND" in page and why in page


@pytest.mark.parametrize(
    "facts",
    [{"tax_id": "860003021"}, {"name": "S.A.S."}, {"name": "Ferretería Central S.A.S."}, {"email": "a@b.example"}],
)
def test_what_says_nothing_is_no_suggestion(facts, world, asked):
    doc = asked()
    with scope(world.system()):
        partner(world, "CAND", **facts)
        assert matches(world.system(), doc) == []


def test_public_mailboxes_are_nobodys_domain(world, asked):
    doc = asked(email="nora@gmail.com")
    with scope(world.system()):
        partner(world, "CAND", email="otro@gmail.com")
        assert matches(world.system(), doc) == []


def test_the_likeliest_company_is_proposed_in_the_form(world, as_, asked):
    doc = asked()
    with scope(world.system()):
        partner(world, "CAND", tax_id="860003020")
    assert 'value="CAND"' in as_("ana").get(f"/acme/access_requests/{doc.pk}/approve/").content.decode()


def test_names_and_ids_are_compared_by_what_they_say():
    assert same_tax_id("900.123.456-7", "9001234567") and same_tax_id("900123456", "900.123.456-7")
    assert not same_tax_id("900123456", "900123457") and not same_tax_id("", "")
    assert alike("Café del Sur S.A.S.", "CAFE SUR LTDA") == 1 and alike("S.A.", "S.A.") == 0
