"""The jobs about people, where the worker looks for them."""

from .door.jobs import clear_door, send_recovery, tell_locked_out
from .portals import jobs as of_portals

__all__ = ["clear_door", "of_portals", "send_recovery", "tell_locked_out"]
