"""From nothing to the demonstration company: its portal, its ERP's files through the loads, and its people's doings."""

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from atrio.core.actor import Actor, PortalFacts
from atrio.core.scope import scope
from atrio.erp.loads.engine import Order
from atrio.erp.loads.rows import Files
from atrio.erp.loads.running import begin, run
from atrio.erp.loads.types import types_by_name
from atrio.erp.models import LoadRun, State

from ..portals import make_portal
from . import access, company, people, story
from .generate import write


class NotMade(Exception):
    """A file of the company was refused; nothing of it stays."""


def make(said: Callable[[str], object] = lambda step: None, day: dt.date | None = None) -> PortalFacts:
    """The company as of a day, in one transaction: wherever it is interrupted, the next call begins anew."""
    day = day or dt.datetime.now(ZoneInfo(company.PORTAL["time_zone"])).date()
    with transaction.atomic():
        settings = company.TOLERANCES | {"demo": {"day": day.isoformat(), "seed": company.SEED}}
        portal = make_portal(company.SLUG, **company.PORTAL, **company.LETTERHEAD, settings=settings)
        with tempfile.TemporaryDirectory(prefix="atrio-demo-") as folder:
            for name, file in write(Path(folder), day).items():
                record = load(portal, name, file)
                said(f"{record.created:>6,} {name.replace('_', ' ')}")
        with scope(Actor.system(portal)):
            people.settle(portal)
        cast = people.Cast(portal)
        story.tell(cast, day)
        access.tell(cast)
    return portal


def load(portal: PortalFacts, name: str, file: Path) -> LoadRun:
    """One file through the same door as any ERP's; nobody is told of a year of old documents."""
    erp = Actor.system(portal, "ERP")
    order = Order(kind=types_by_name()[name], files=Files(file), notify=False)
    record = run(erp, order, begin(erp, order))
    if record.state != State.DONE:
        raise NotMade(f"{file.name}: {record.problem or record.errors[:3]}")
    return record
