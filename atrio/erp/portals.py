"""Making a portal and giving people a place in it, for whatever fills one: see `people.portals`."""

from atrio.people.portals.making import account, join, known, make_portal, open_portal

__all__ = ["account", "join", "known", "make_portal", "open_portal"]
