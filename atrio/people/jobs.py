"""Where the queue finds the work that is about people."""

from .door import jobs as of_door
from .portals import jobs as of_portals
from .usage import jobs as of_usage

__all__ = ["of_door", "of_portals", "of_usage"]
