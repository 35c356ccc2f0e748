"""Talking to somebody else's server between two transactions, so that none is held open while it takes its time."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse


class Outside(HttpResponse):
    """What a view answers when it has to ask outside first.

    `talk` runs without any transaction, and so without rows; `then` makes the answer of what it gave, in a new one,
    where all may be another than before. What the view wrote until then is kept."""

    def __init__(self, talk: Callable[[], Any], then: Callable[[Any], HttpResponse]):
        super().__init__()
        self.talk, self.then = talk, then
