"""Where the queue finds the work that is about people."""

from .portals import jobs as of_portals

__all__ = ["of_portals"]
