"""Who is asking: built once per request, passed to everything, never looked up."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.http import HttpRequest


class Audience(StrEnum):
    STAFF = "staff"
    CUSTOMER = "customer"
    SUPPLIER = "supplier"


STAFF, CUSTOMER, SUPPLIER = Audience


@dataclass(frozen=True, slots=True)
class PortalFacts:
    """What every page and job needs of a portal, without its row."""

    id: int
    slug: str
    name: str
    legal_name: str = ""
    tax_id: str = ""
    country: str = ""
    currency: str = "COP"
    language: str = "es"
    time_zone: str = "America/Bogota"
    accent: str = ""
    logo: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""
    settings: dict = field(default_factory=dict, hash=False)

    @property
    def brand_url(self) -> str:
        """The small style sheet with the portal's own colour, if it has one."""
        return f"/{self.slug}/brand.css" if self.accent else ""

    @property
    def logo_url(self) -> str:
        """Also for strangers, at the door and in mails; the address changes with the picture."""
        return f"/public/logo/{self.slug}/{self.logo[-64:][:16]}.png" if self.logo else ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a job or an API key in one portal, and the partners it stands for."""

    portal: PortalFacts
    name: str
    audiences: frozenset[Audience]
    permissions: frozenset[str] = frozenset()
    user_id: int | None = None
    email: str = ""
    partner_ids: tuple[int, ...] = ()
    related_ids: tuple[int, ...] = ()
    partner_name: str = ""
    membership_id: int | None = None
    role_id: int | None = None
    language: str = "es"
    locale: str = "es_CO"
    time_zone: str = "America/Bogota"
    date_style: str = ""
    theme: str = "auto"
    accent: str = ""
    start_page: str = ""
    notices: dict = field(default_factory=dict, hash=False)
    unread: int = 0
    places: int = 1
    as_of: dict = field(default_factory=dict, hash=False)
    origin: str = ""
    sure: bool = False  # has shown a moment ago, and not only at some time, who it is

    @property
    def is_staff(self) -> bool:
        return Audience.STAFF in self.audiences

    @property
    def partner_id(self) -> int | None:
        """The one partner the actor acts for; None for staff."""
        return self.partner_ids[0] if self.partner_ids else None

    @property
    def sight(self) -> tuple:
        """All that a rule of visibility may look at: who has the same sees the same rows."""
        person = (self.user_id, self.membership_id, self.language)
        return (self.portal.id, self.audiences, self.permissions, self.partner_ids, self.related_ids, *person)

    def may(self, permission: str) -> bool:
        return permission in self.permissions or "*" in self.permissions

    @classmethod
    def system(cls, portal: PortalFacts, name: str = "Atrio") -> "Actor":
        """The portal itself: jobs and commands act under this name, within one portal."""
        return cls(
            portal=portal,
            name=name,
            audiences=frozenset({STAFF}),
            permissions=frozenset({"*"}),
            language=portal.language,
            locale=f"{portal.language.split('_')[0]}_{portal.country}" if portal.country else portal.language,
            time_zone=portal.time_zone,
        )


class PortalRequest(HttpRequest):
    """A request inside a portal: the middleware has found out who asks."""

    actor: Actor
    user: Any  # the account, which core does not know
    portal: PortalFacts | None  # where somebody who has not signed in yet wants to go
    viewing: Any  # what a page says of a view as a partner; None for one's own eyes
