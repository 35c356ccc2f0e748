"""People of a portal: who sees them, what their administrators do, and what nobody may."""

import pytest
from django.test import Client

from atrio.core.actions import NotNow, Refused
from atrio.core.models import Event, Mail
from atrio.core.scope import scope
from atrio.people.access import enter
from atrio.people.door import tries
from atrio.people.granting import grantable, may_manage
from atrio.people.members import actions, views
from atrio.people.models import KnownDevice, Membership, Session, SingleUseLink, User
from atrio.testing.counting import counted
from atrio.testing.untouched import changed, marks
from atrio.testing.world import PASSWORD

from .people import again, browser, join, own_role, place_of, role


def events_of(world, member: Membership) -> list[tuple[str, dict]]:
    with scope(world.system()):
        return list(
            Event.objects.filter(doctype="people", document_id=member.pk).order_by("pk").values_list("kind", "facts")
        )


def test_staff_see_everybody_and_a_partner_its_own(world, as_):
    join(world, "clerk", role(world, "partner", "reader"), "tornillos")
    everybody = as_("ana").get("/acme/people/?size=80").content.decode()
    assert all(f"{who}@acme.example" in everybody for who in ("ana", "clerk", "bodega", "mixta"))
    own = as_("tornillos").get("/acme/people/").content.decode()
    assert "clerk@acme.example" in own and "tornillos@acme.example" in own
    assert "bodega@acme.example" not in own and "ana@acme.example" not in own
    for who in ("bruno", "nadie", "rita"):
        assert as_(who).get("/acme/people/").status_code == 404, who


def test_the_page_of_a_person_says_what_it_can_do(world, as_):
    page = as_("ana").get(f"/acme/people/{place_of(world, 'tornillos').pk}/").content.decode()
    page = page[page.index("What can this person do?") :]
    assert "Supplier invoices" in page and "Sales invoices" not in page  # what customers do is not for a supplier
    assert as_("tornillos").get(f"/acme/people/{place_of(world, 'bodega').pk}/").status_code == 404
    assert as_("rita").get(f"/acme/people/{place_of(world, 'bodega').pk}/").status_code == 404


def test_a_list_of_many_asks_no_more_than_one_of_few(world, as_):
    given, ana = role(world, "partner", "reader"), as_("ana")
    ana.get("/acme/people/?size=80")
    with counted() as few:
        ana.get("/acme/people/?size=80")
    for n in range(25):
        join(world, f"clerk{n}", given, "tornillos")
    with counted() as many:
        ana.get("/acme/people/?size=80")
    assert len(few) == len(many) <= 6


def test_what_happened_to_an_account_is_said_in_words(world, as_):
    member = place_of(world, "bruno")
    Client().post("/accounts/login/", {"login": "bruno@acme.example", "password": PASSWORD})
    page = as_("ana").get(f"/acme/people/{member.pk}/").content.decode()
    assert "Signed in" in page and "signed_in" not in page


def test_a_changed_role_takes_effect_with_the_next_click(world, as_):
    nothing, bruno = role(world, "staff", "nothing"), as_("bruno")
    assert bruno.get("/acme/receipts/").status_code == 200
    member = place_of(world, "bruno")
    sent = as_("ana").post(f"/acme/people/{member.pk}/role/", {"role": nothing.pk})
    assert sent.status_code == 303
    assert bruno.get("/acme/receipts/").status_code == 404
    assert events_of(world, member) == [("role_changed", {"from": "buyer", "to": "nothing"})]
    page = as_("ana").get("/acme/audit/?doctype=people").content.decode()
    assert "Role changed" in page and "127.0.0.1" in page


def test_deactivation_closes_this_portal_at_once_and_sessions_of_whoever_has_no_place_left(world, as_):
    bruno, member = as_("bruno"), place_of(world, "bruno")
    assert bruno.get("/acme/").status_code == 200
    assert as_("ana").post(f"/acme/people/{member.pk}/deactivate/").status_code == 303
    assert bruno.get("/acme/").status_code == 302  # to the sign-in page: the session is gone
    assert not Session.objects.filter(user=world.people["bruno"]).exists()
    assert as_("bruno").get("/acme/").status_code == 404
    assert as_("ana").post(f"/acme/people/{member.pk}/deactivate/").status_code == 409
    assert as_("ana").post(f"/acme/people/{member.pk}/activate/").status_code == 303
    assert as_("bruno").get("/acme/").status_code == 200
    assert [kind for kind, _facts in events_of(world, member)] == ["deactivated", "activated"]


def test_who_belongs_elsewhere_stays_signed_in_there(world, as_):
    bruno, rival = as_("bruno"), role(world, "staff", "reader", "rival")
    with scope(world.system("rival")):
        Membership.objects.create(portal_id=rival.portal_id, user=world.people["bruno"], role=rival)
    as_("ana").post(f"/acme/people/{place_of_in(world, 'bruno', 'acme').pk}/deactivate/")
    assert bruno.get("/acme/").status_code == 404
    assert bruno.get("/rival/").status_code == 200


def place_of_in(world, who: str, slug: str) -> Membership:
    with scope(world.system(slug)):
        return Membership.objects.get(user=world.people[who], portal_id=getattr(world.portals, slug).id)


def test_a_reset_sends_a_link_to_the_person_and_to_nobody_else(world, as_):
    member = place_of(world, "bruno")
    ana = as_("ana")
    sent = ana.post(f"/acme/people/{member.pk}/reset-password/")
    page = ana.get(sent.headers["Location"]).content.decode()
    with scope(world.system()):
        mail = Mail.objects.get()
    link = SingleUseLink.objects.get()
    assert (mail.to, link.purpose, link.user) == ("bruno@acme.example", "recovery", world.people["bruno"])
    assert "/accounts/password/reset/" in mail.text and "/accounts/password/reset/" not in page
    assert world.people["bruno"].has_usable_password()
    assert [kind for kind, _facts in events_of(world, member)] == ["recovery_sent"]


def test_whoever_failed_too_often_is_unlocked(world, as_):
    member = place_of(world, "bruno")
    failed = f"account {world.people['bruno'].pk}"
    tries.count(tries.ACCOUNT, failed)
    assert as_("ana").post(f"/acme/people/{member.pk}/unlock/").status_code == 303
    assert tries.number(tries.ACCOUNT, failed) == 0
    assert [kind for kind, _facts in events_of(world, member)] == ["unlocked"]


def test_an_administrator_ends_the_sessions_of_a_person(world, as_):
    bruno, member, clara = as_("bruno"), place_of(world, "bruno"), as_("clara")
    KnownDevice.objects.create(user=world.people["bruno"], browser_hash="x")
    page = as_("ana").get(f"/acme/people/{member.pk}/").content.decode()
    assert f"/acme/people/{member.pk}/sign-out/" in page
    assert as_("ana").post(f"/acme/people/{member.pk}/sign-out/").status_code == 303
    assert bruno.get("/acme/").status_code == 302 and clara.get("/acme/").status_code == 200
    assert not KnownDevice.objects.exists(), "the next sign-in is told"
    assert events_of(world, member) == [("sessions_ended", {})]
    assert as_("bruno").get("/acme/").status_code == 200, "the access is as it was"


def test_an_administrator_ends_the_sessions_of_everybody_else(world, as_):
    ana, others = as_("ana"), [as_(who) for who in ("bruno", "tornillos", "bodega")]
    rita = as_("rita")
    assert "Sign everybody out" in ana.get("/acme/people/sign-out/").content.decode()
    assert all(one.get("/acme/").status_code == 200 for one in others), "looking ends nothing"
    answer = ana.post("/acme/people/sign-out/")
    assert answer.status_code == 303 and "signed out: 3" in ana.get(answer.headers["Location"]).content.decode()
    assert [one.get("/acme/").status_code for one in others] == [302, 302, 302]
    assert ana.get("/acme/").status_code == 200 and rita.get("/rival/").status_code == 200
    for who in ("bruno", "tornillos", "bodega"):
        assert events_of(world, place_of(world, who)) == [("sessions_ended", {})]
    assert not events_of(world, place_of(world, "clara")), "who was not in was not put out"


def test_whoever_may_less_ends_no_session_of_those_who_may_more(world, as_):
    manager = own_role(world, "staff", "manager", "people.view", "people.manage", "portal.manage")
    eva, ana, clerk = join(world, "eva", manager), as_("ana"), as_("nadie")
    client = browser(eva.user)
    assert "/acme/people/sign-out/" in client.get("/acme/settings/sign-in/").content.decode()
    assert client.post("/acme/people/sign-out/").status_code == 303
    assert ana.get("/acme/").status_code == 200 and clerk.get("/acme/").status_code == 302


def test_everybody_is_signed_out_by_whoever_manages_people_and_says_so_again(world, as_):
    staying = as_("clara")
    stale = browser(world.people["ana"], shown=False)
    for method in ("get", "post"):
        asked = getattr(stale, method)("/acme/people/sign-out/")
        assert asked.headers["Location"].startswith("/accounts/reauthenticate/"), method
    for who, status in (("bruno", 403), ("tornillos", 404), ("rita", 404)):
        for method in ("get", "post"):
            assert getattr(as_(who), method)("/acme/people/sign-out/").status_code == status, who
    for who in ("bruno", "tornillos"):
        with scope(world.actor(who)), pytest.raises(Refused):
            actions.end_all_sessions(world.actor(who))
    assert staying.get("/acme/").status_code == 200


def test_who_only_sees_people_changes_none_of_them(world):
    """Asked by the page and, whatever a page asks, by the action under its lock."""
    viewer = join(world, "viewer", own_role(world, "staff", "viewer", "people.view"))
    other, client = place_of(world, "tornillos"), browser(viewer.user)
    assert client.get(f"/acme/people/{other.pk}/").status_code == 200
    before = marks(world.system())
    for verb in views.VERBS:
        for method in ("get", "post"):
            assert getattr(client, method)(f"/acme/people/{other.pk}/{verb.name}/").status_code == 403, verb.name
        actor = enter("acme", viewer.user)
        with scope(actor), pytest.raises(Refused):
            verb.do(actor, other, **({"role": other.role} if verb.name == "role" else {}))
    assert not changed(before, marks(world.system()))


def test_a_partner_manages_nobody_of_another_even_if_it_could_see_them(world):
    """Under the page and row-level security the rule itself says so."""
    tornillos, bodega = world.actor("tornillos"), place_of(world, "bodega")
    with scope(world.system()):
        assert not may_manage(tornillos, bodega) and may_manage(world.actor("ana"), bodega)


def test_nobody_touches_oneself(world, as_):
    own, reader = place_of(world, "ana"), role(world, "staff", "reader")
    join(world, "second", role(world, "staff", "administrator"))
    for verb in [one.name for one in views.VERBS]:
        assert as_("ana").post(f"/acme/people/{own.pk}/{verb}/", {"role": reader.pk}).status_code == 403, verb
    mine = place_of(world, "tornillos")
    for verb in ("role", "deactivate"):
        given = role(world, "partner", "reader")
        assert as_("tornillos").post(f"/acme/people/{mine.pk}/{verb}/", {"role": given.pk}).status_code == 403, verb
    assert again(world, own).role.name == "administrator" and again(world, mine).role.name == "administrator"
    assert not events_of(world, own) and not events_of(world, mine)


def test_nobody_gives_more_than_they_have(world):
    """A manager of people who is no administrator makes none, and touches nobody who may more."""
    manager = own_role(world, "staff", "manager", "people.view", "people.manage", "receipts.view")
    eva, newcomer = join(world, "eva", manager), join(world, "newcomer", role(world, "staff", "nothing"))
    client, admin = browser(eva.user), role(world, "staff", "administrator")
    for given in (admin, role(world, "staff", "buyer")):
        answer = client.post(f"/acme/people/{newcomer.pk}/role/", {"role": given.pk})
        assert answer.status_code == 422 and "receipts.create" not in answer.content.decode()
    ana = place_of(world, "ana")
    for verb in ("role", "deactivate", "reset-password"):
        assert client.post(f"/acme/people/{ana.pk}/{verb}/", {"role": manager.pk}).status_code == 403, verb
    assert again(world, newcomer).role.name == "nothing" and again(world, ana).is_active
    assert client.post(f"/acme/people/{newcomer.pk}/role/", {"role": manager.pk}).status_code == 303


@pytest.fixture
def clerk(world) -> Membership:
    return join(world, "clerk", role(world, "partner", "reader"), "tornillos")


def test_an_administrator_of_a_partner_manages_its_own_people(world, as_, clerk):
    admin, tornillos = role(world, "partner", "administrator"), as_("tornillos")
    assert tornillos.post(f"/acme/people/{clerk.pk}/role/", {"role": admin.pk}).status_code == 303
    assert again(world, clerk).role_id == admin.pk
    assert tornillos.post(f"/acme/people/{clerk.pk}/deactivate/").status_code == 303
    assert not again(world, clerk).is_active


def test_what_the_host_granted_is_the_ceiling(world, clerk):
    """Whoever administers a partner with a narrower role gives nothing beyond it."""
    narrow = own_role(world, "partner", "narrow", "people.view", "people.manage", "purchase_orders.view")
    chief = join(world, "chief", narrow, "tornillos")
    smaller = own_role(world, "partner", "smaller", "purchase_orders.view")
    other = join(world, "other", smaller, "tornillos")
    client = browser(chief.user)
    for given in ("administrator", "reader"):
        answer = client.post(f"/acme/people/{other.pk}/role/", {"role": role(world, "partner", given).pk})
        assert answer.status_code == 422, given
    assert client.post(f"/acme/people/{clerk.pk}/deactivate/").status_code == 403  # who reads more than it does
    assert client.post(f"/acme/people/{other.pk}/role/", {"role": narrow.pk}).status_code == 303
    assert again(world, other).role_id == narrow.pk and again(world, clerk).is_active


def test_no_administrator_of_a_partner_reaches_another(world, as_, clerk):
    for who in ("aceros", "bodega", "rita"):
        client, before = as_(who), marks(world.system(), world.system("rival"))
        for verb in [one.name for one in views.VERBS]:
            asked = client.post(f"/acme/people/{clerk.pk}/{verb}/", {"role": clerk.role_id})
            assert asked.status_code == 404, f"{who} {verb}"
        assert not changed(before, marks(world.system(), world.system("rival"))), who


def test_roles_of_others_and_other_fields_are_nothing(world, as_, clerk):
    """Ids of another portal's or of the staff's roles are no choice; fields that no form has change nothing."""
    foreign = [role(world, "partner", "administrator", "rival"), role(world, "staff", "administrator")]
    for who in ("tornillos", "ana"):
        for given in foreign:
            answer = as_(who).post(f"/acme/people/{clerk.pk}/role/", {"role": given.pk})
            assert answer.status_code == 422, who
    more = {"partner": world.partners.aceros.pk, "user": world.people["ana"].pk, "is_active": "", "portal": 2}
    as_("tornillos").post(f"/acme/people/{clerk.pk}/role/", {"role": role(world, "partner", "administrator").pk} | more)
    found = again(world, clerk)
    assert (found.role.name, found.partner_id) == ("administrator", world.partners.tornillos.pk)
    assert (found.user_id, found.is_active, found.portal_id) == (clerk.user_id, True, clerk.portal_id)


def test_the_database_refuses_a_partner_that_writes_people_of_another(world, clerk):
    with scope(world.actor("aceros")):
        assert not Membership._base_manager.filter(pk=clerk.pk).update(is_active=False)
    assert again(world, clerk).is_active


def test_the_last_administrator_stays(world):
    """Also for whoever may everything: an operator's command is no way around it."""
    ana, reader = place_of(world, "ana"), role(world, "staff", "reader")
    for change in (lambda a: actions.deactivate(a, ana), lambda a: actions.change_role(a, ana, reader)):
        with scope(world.system()), pytest.raises(NotNow, match="last administrator"):
            change(world.system())
    assert again(world, ana).is_active and again(world, ana).role.name == "administrator"
    join(world, "second", role(world, "staff", "administrator"))
    with scope(world.system()):
        actions.deactivate(world.system(), ana)
    assert not again(world, ana).is_active


@pytest.mark.parametrize("loss", ["place", "account"])
def test_an_administrator_who_cannot_come_in_is_none(loss, world):
    ana, second = place_of(world, "ana"), join(world, "second", role(world, "staff", "administrator"))
    with scope(world.system()):
        if loss == "place":
            Membership.objects.filter(pk=second.pk).update(is_active=False)
        else:
            User.objects.filter(pk=second.user_id).update(is_active=False)
        with pytest.raises(NotNow, match="last administrator"):
            actions.deactivate(world.system(), ana)
    assert again(world, ana).is_active


def test_the_action_gives_only_what_the_form_offers(world, clerk):
    """Asked once more under the lock: neither above the actor's own rights nor into another company."""
    manager = own_role(world, "staff", "manager", "people.view", "people.manage", "receipts.view")
    eva, newcomer = join(world, "eva", manager), join(world, "newcomer", role(world, "staff", "nothing"))
    actor = enter("acme", eva.user)
    for given in (role(world, "staff", "administrator"), role(world, "partner", "reader")):
        with scope(actor), pytest.raises(Refused):
            actions.change_role(actor, newcomer, given)
    assert again(world, newcomer).role.name == "nothing"
    tornillos = world.actor("tornillos")
    with scope(tornillos):
        assert grantable(tornillos, tornillos.partner_id).exists()
        assert not grantable(tornillos, world.partners.bodega.pk).exists() and not grantable(tornillos, None).exists()


def test_what_is_sensitive_asks_for_the_password_again(world, clerk):
    stale = browser(world.people["ana"], shown=False)
    before = marks(world.system())
    for verb in ("role", "deactivate", "reset-password"):
        for method in ("get", "post"):
            answer = getattr(stale, method)(f"/acme/people/{clerk.pk}/{verb}/", {"role": clerk.role_id})
            way = "%2Facme%2F" if method == "get" else "%2Faccounts%2Fcontinue%2F"
            assert answer.headers["Location"].startswith(f"/accounts/reauthenticate/?next={way}"), verb
    assert not changed(before, marks(world.system()))
