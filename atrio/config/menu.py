"""The menu on the left and the "+ Create" menu, by audience and permission."""

from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType, document_types
from atrio.erp.api.pages import may_manage
from atrio.erp.loads.types import loadable
from atrio.home.audit import AUDIT
from atrio.home.outbox import OUTBOX
from atrio.home.search import scopes
from atrio.ledger.menu import menu_items
from atrio.partners.doctype import PARTNERS
from atrio.people import permissions
from atrio.people.access_requests.doctype import ACCESS_REQUESTS
from atrio.people.access_requests.models import INVITE
from atrio.people.members.doctype import PEOPLE
from atrio.people.portals.hub import settings_of

AREAS = (
    ("sales", _("Sales")),
    ("receivables", _("Receivables")),
    ("sourcing", _("Sourcing")),
    ("purchasing", _("Purchasing")),
    ("payables", _("Payables")),
    ("ledger", _("Accounts")),
    ("catalog", _("Catalogue")),
    ("partners", _("Partners")),
)


def _item(title, icon: str, url: str, path: str, *, exact: bool = False) -> dict:
    active = path == url if exact else path.startswith(url)
    return {"title": str(title), "icon": icon, "url": url, "active": active, "count": None}


def _entries(area: str, kinds: list[DocumentType], base: str, path: str) -> list[dict]:
    return [_item(k.title, k.icon, f"{base}{k.name}/", path) for k in kinds if k.area == area]


def _own_company(actor: Actor, base: str, path: str) -> list[dict]:
    """Where partners read what the portal knows of them."""
    if actor.is_staff or not PARTNERS.shown_to(actor):
        return []
    url = f"{base}{PARTNERS.name}/{actor.partner_id}/"
    return [_item(_("My company"), icon=PARTNERS.icon, url=url, path=path)]


def _settings(actor: Actor, base: str, path: str) -> list[dict]:
    """The page that leads to all settings; who may set one thing only is led there at once."""
    mine = settings_of(actor)
    if len(mine) == 1:
        return [_item(mine[0].title, mine[0].icon, f"{base}{mine[0].at}", path)]
    return [_item(_("Settings"), icon="settings", url=f"{base}settings/", path=path)] if mine else []


# What staff with the permission find beside the lists of the administration.
PAGES: tuple[dict, ...] = (
    {"title": _("Roles"), "icon": "shield", "at": "roles/", "needs": permissions.ROLES},
    {"title": _("View as a partner"), "icon": "eye", "at": "view-as/", "needs": permissions.VIEW_AS},
    {"title": _("Use of the portal"), "icon": "chart-bar", "at": "usage/", "needs": permissions.USAGE},
)


def _of_people(actor: Actor, base: str, path: str) -> list[dict]:
    mine = (page for page in PAGES if actor.is_staff and actor.may(page["needs"]))
    return [_item(page["title"], page["icon"], f"{base}{page['at']}", path) for page in mine]


def _administration(actor: Actor, base: str, path: str) -> list[dict]:
    """People and what they may do, what happened, and what is set."""

    def lists(*kinds) -> list[dict]:
        return [_item(k.title, icon=k.icon, url=f"{base}{k.name}/", path=path) for k in kinds if k.shown_to(actor)]

    found = lists(PEOPLE, ACCESS_REQUESTS)
    if ACCESS_REQUESTS.shown_to(actor) and actor.is_staff and actor.may(INVITE):
        found.append(_item(_("Invite partners"), icon="users-plus", url=f"{base}invitations/load/", path=path))
    return found + _of_people(actor, base, path) + lists(AUDIT, OUTBOX) + _settings(actor, base, path)


def menu(actor: Actor, path: str) -> dict:
    """Everything that this actor may open, in the order of the areas."""
    base = f"/{actor.portal.slug}/"
    kinds = [k for k in document_types().values() if k.offered_to(actor)]
    first = [_item(_("Home"), icon="home", url=base, path=path, exact=True)]
    sections = [{"title": "", "items": first + _own_company(actor, base, path)}]
    pages = menu_items(actor, base)
    for area, title in AREAS:
        own = [_item(name, icon=icon, url=url, path=path) for place, name, icon, url in pages if place == area]
        if items := own + _entries(area, kinds, base, path):
            sections.append({"title": str(title), "items": items})
    administration = _administration(actor, base, path)
    if administration:
        sections.append({"title": str(_("Administration")), "items": administration})
    erp = []
    if loadable(actor):
        erp.append(_item(_("Load data"), icon="database-import", url=f"{base}loads/", path=path))
    if may_manage(actor):
        erp.append(_item(_("API keys"), icon="key", url=f"{base}api-keys/", path=path))
    if erp:
        sections.append({"title": "ERP", "items": erp})
    create = [
        {"title": str(k.editor.label), "icon": k.editor.icon, "url": f"{base}{k.name}/new/"}
        for k in kinds
        if k.editor and not k.editor.source and k.editor.permitted(actor)
    ]
    return {"menu": sections, "create_menu": create, "search_scopes": scopes(actor)}
