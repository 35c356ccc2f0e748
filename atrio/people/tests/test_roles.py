"""Roles follow the document types, also in portals that are older than one."""

from atrio.core.scope import scope
from atrio.people.models import Role
from atrio.people.roles import renew_built_in


def test_a_release_renews_the_roles_that_come_with_a_portal(world):
    with scope(world.system()):
        common = {"portal_id": world.portals.acme.id, "audience": "partner"}
        own = Role.objects.create(**common, name="own", permissions=["receipts.view"])
        role = Role.objects.get(**common, name="administrator")
        Role.objects.filter(pk=role.pk).update(permissions=[])
    assert not world.actor("tornillos").may("dispatch_advices.create")
    renew_built_in()
    assert world.actor("tornillos").permissions == frozenset(role.permissions)
    assert world.actor("tornillos").may("dispatch_advices.create")
    with scope(world.system()):
        own.refresh_from_db()
    assert own.permissions == ["receipts.view"]  # what a portal made for itself stays
