"""How often something may be tried: counted in the database, with a wait that doubles.

A try is counted before its password is looked at and given back when it was right, so that a hundred at once do not
pass as one. What no account is behind is counted the same (ASVS 5.0, 6.3.1)."""

import datetime as dt
import ipaddress
import math
from dataclasses import asdict, dataclass

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Tries


@dataclass(frozen=True)
class Limit:
    """So many tries, then a wait in seconds that doubles up to the longest; forgotten after a quiet time."""

    word: str
    tries: int
    first: int
    longest: int
    forgotten: int


HOUR, DAY = 3600, 86_400
ACCOUNT = Limit("account", 5, 60, HOUR, DAY)
ADDRESS = Limit("address", 30, 60, HOUR, HOUR)
RECOVERED = Limit("recovered", 3, 900, HOUR, HOUR)  # letters to one address
RECOVERING = Limit("recovering", 12, 300, HOUR, HOUR)  # asked for from one place
QUESTION = Limit("question", 6, 900, HOUR, HOUR)  # answers in words from one place
SOLUTION = Limit("solution", 1, DAY, DAY, DAY)  # a challenge is solved once

_COUNT = """
insert into door_tries as t (key, number, last_at, locked_until)
values (%(key)s, 1, clock_timestamp(),
  case when %(tries)s <= 1 then clock_timestamp() + make_interval(secs => %(first)s) end)
on conflict (key) do update set
  number = case when t.last_at < clock_timestamp() - make_interval(secs => %(forgotten)s) then 1 else t.number + 1 end,
  last_at = clock_timestamp(),
  locked_until = case
    when t.last_at < clock_timestamp() - make_interval(secs => %(forgotten)s) and %(tries)s > 1 then null
    when t.number + 1 >= %(tries)s then clock_timestamp()
      + make_interval(secs => least(%(first)s * 2 ^ least(t.number + 1 - %(tries)s, 20), %(longest)s)) end
where t.locked_until is null or t.locked_until <= clock_timestamp()
returning number
"""


class Locked(Exception):
    """Too often: `wait` is for how many seconds nothing is looked at."""

    def __init__(self, wait: int):
        super().__init__(wait)
        self.wait = wait


@dataclass(frozen=True)
class Try:
    """One try that was let through: the how manieth it is, and whether nobody else is after it."""

    limit: Limit
    key: str
    number: int

    @property
    def locks(self) -> bool:
        return self.number >= self.limit.tries

    def give_back(self) -> None:
        """It was no failure; a wait that it began ends with it."""
        unlocked = ", locked_until = null" if self.locks else ""
        with connection.cursor() as cursor:
            cursor.execute(f"update door_tries set number = number - 1{unlocked} where key = %s", [self.key])  # noqa: S608


def key_of(limit: Limit, who: str) -> str:
    """Neither addresses nor what was typed as a name stand in the table."""
    return salted_hmac("atrio.door.tries", f"{limit.word} {who}", algorithm="sha256").hexdigest()


def place_of(address: str) -> str:
    """Who has one IPv6 address has 2^64 of them."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{known}/64", strict=False)) if known.version == 6 else address


def count(limit: Limit, who: str) -> Try:
    """One try more, or Locked."""
    key = key_of(limit, who)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key} | asdict(limit))
        row = cursor.fetchone()
    if row:
        return Try(limit, key, row[0])
    until = Tries.objects.filter(key=key).values_list("locked_until", flat=True).first()
    raise Locked(max(1, math.ceil((until - timezone.now()).total_seconds())) if until else 1)


def number(limit: Limit, who: str) -> int:
    """How often it was tried lately."""
    since = timezone.now() - dt.timedelta(seconds=limit.forgotten)
    known = Tries.objects.filter(key=key_of(limit, who), last_at__gte=since)
    return known.values_list("number", flat=True).first() or 0


def clear(limit: Limit, *whom: str) -> None:
    Tries.objects.filter(key__in=[key_of(limit, who) for who in whom]).delete()


def forget_old() -> int:
    return Tries.objects.filter(last_at__lt=timezone.now() - dt.timedelta(seconds=2 * DAY)).delete()[0]
