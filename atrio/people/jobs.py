"""The jobs about people, where the worker looks for them."""

from .door.jobs import clear_door, send_recovery, tell_locked_out

__all__ = ["clear_door", "send_recovery", "tell_locked_out"]
