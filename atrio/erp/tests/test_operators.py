"""What operators do at the command: portals, people and roles; a link to choose a password, and never a password."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from atrio.core.crossing import portal_by_slug
from atrio.core.models import Event, Mail
from atrio.core.scope import scope
from atrio.people import links, operating
from atrio.people.access import enter
from atrio.people.door import tries
from atrio.people.models import Membership, SingleUseLink, User
from atrio.testing.untouched import changed, marks


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def secret_in(text: str) -> str:
    return re.findall(r"/accounts/password/reset/([\w-]+)/", text)[0]


def test_a_portal_is_made_and_its_administrator_gets_a_link(world):
    said = json.loads(run("portal", "create", "nueva", "Nueva S.A.", "Eva@Nueva.example", "--json"))[0]
    assert said["portal"] == "/nueva/" and said["administrator"] == "eva@nueva.example"
    link = links.look("recovery", secret_in(said["link"]))
    eva = User.objects.get(email="eva@nueva.example")
    assert link and link.user == eva and not eva.has_usable_password()
    actor = enter("nueva", eva)
    assert actor and actor.is_staff and actor.may("anything.at_all")


def test_by_mail_the_link_is_on_no_screen(world):
    said = run("portal", "create", "nueva", "Nueva", "eva@nueva.example", "--mail")
    portal = portal_by_slug("nueva")
    assert "/accounts/" not in said and portal
    from atrio.core.actor import Actor

    with scope(Actor.system(portal)):
        mail = Mail.objects.get(portal_id=portal.id)
    assert mail.to == "eva@nueva.example" and links.look("recovery", secret_in(mail.text))


@pytest.mark.parametrize(
    "words",
    [
        ("portal", "create", "acme", "Again", "eva@nueva.example"),
        ("portal", "create", "static", "Reserved", "eva@nueva.example"),
        ("portal", "create", "../etc", "Odd", "eva@nueva.example"),
        ("portal", "create", "nueva", "Nueva", "no address"),
        ("portal", "create", "nueva", "Nueva", "a@b.example\r\nBcc: c@d.example"),
        ("portal", "disable", "none"),
        ("user", "create", "eva@acme.example", "--portal", "none"),
        ("user", "create", "eva@acme.example", "--portal", "acme", "--role", "no such"),
        ("user", "create", "eva@acme.example", "--portal", "acme", "--partner", "clavos"),
        ("user", "create", "ana@acme.example", "--portal", "acme"),
        ("user", "create", "not an address", "--portal", "acme"),
        ("user", "reset", "nobody@acme.example"),
        ("user", "unlock", "nobody@acme.example"),
        ("user", "list", "--portal", "none"),
        ("role", "list", "--portal", "none"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(words, world):
    before = marks(world.system(), world.system("rival"))
    portals = operating.all_portals()
    with pytest.raises(CommandError, match=r"\w+ .*\w"):
        run(*words)
    assert not changed(before, marks(world.system(), world.system("rival"))) and operating.all_portals() == portals


def test_a_closed_portal_lets_nobody_in_until_it_is_opened(world, as_):
    ana = as_("ana")
    assert run("portal", "disable", "acme").strip() == "/acme/ is closed"
    assert ana.get("/acme/").status_code == 404 and as_("rita").get("/rival/").status_code == 200
    listed = {row["slug"]: row["state"] for row in json.loads(run("portal", "list", "--json"))}
    assert listed == {"acme": "closed", "rival": "open"}
    assert run("portal", "disable", "acme").strip() == "/acme/ was closed already"
    run("portal", "enable", "acme")
    assert ana.get("/acme/").status_code == 200
    with scope(world.system()):
        assert list(Event.objects.filter(doctype="portal").order_by("pk").values_list("kind", flat=True)) == [
            "disabled",
            "enabled",
        ]


def test_people_get_a_place_and_a_link(world):
    place = ("--portal", "acme", "--role", "reader", "--partner", "aceros")
    said = json.loads(run("user", "create", "eva@acme.example", *place, "--json"))[0]
    eva = User.objects.get(email="eva@acme.example")
    actor = enter("acme", eva)
    assert actor and actor.partner_ids == (world.partners.aceros.pk,) and not actor.may("people.manage")
    assert links.look("recovery", secret_in(said["link"]))
    again = run("user", "create", "ana@acme.example", "--portal", "rival", "--role", "reader")
    assert "has a password already" in again and "/accounts/" not in again


def test_a_reset_voids_the_link_before_it_and_is_told(world):
    first = secret_in(run("user", "reset", "ANA@acme.example"))
    second = secret_in(run("user", "reset", "ana@acme.example"))
    assert links.look("recovery", first) is None and links.look("recovery", second)
    assert "/accounts/" not in run("user", "reset", "ana@acme.example", "--mail")
    with scope(world.system()):
        assert Event.objects.filter(doctype="people", kind="recovery_sent").count() == 3
        assert Mail.objects.get().to == "ana@acme.example"
    assert SingleUseLink.objects.count() == 3


def test_unlocking_is_done_by_the_door_and_told(world):
    failed = f"account {world.people['ana'].pk}"
    tries.count(tries.ACCOUNT, failed)
    assert "may try again" in run("user", "unlock", "ana@acme.example")
    assert tries.number(tries.ACCOUNT, failed) == 0
    with scope(world.system()):
        event = Event.objects.get(doctype="people", kind="unlocked")
    assert (event.user_id, event.actor_name, event.origin) == (None, "Atrio", "atrio"), "by nobody of the portal"


def test_lists_are_for_people_and_for_programs(world):
    people = run("user", "list", "--portal", "acme")
    assert re.search(r"^ana@acme\.example +Ana +- +administrator +active +-$", people, re.MULTILINE)
    rows = json.loads(run("user", "list", "--portal", "acme", "--json"))
    with scope(world.system()):
        assert len(rows) == Membership.objects.filter(portal_id=world.portals.acme.id).count()
    assert not any("password" in row for row in rows)
    roles = json.loads(run("role", "list", "--portal", "acme", "--json"))
    assert ["*"] in [row["allows"] for row in roles] and {"built-in", "own"} == {row["kind"] for row in roles}
    assert re.search(r"^staff +administrator +built-in +1 +everything$", run("role", "list", "--portal", "acme"), re.M)


def test_strangers_learn_nothing_of_a_closed_portal(world):
    run("portal", "disable", "acme")
    page, none = (Client().get(f"/accounts/login/?next=/{slug}/").content.decode() for slug in ("acme", "none"))
    assert "Acme" not in page and "Acme" not in none
