"""`atrio load_plan`: a portal, its first people and all its loads, from one file."""

import json
import secrets
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from atrio.core.actions import NotNow
from atrio.core.actor import Actor, PortalFacts
from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope
from atrio.erp.loads.engine import Order
from atrio.erp.loads.mapping import load_mapping
from atrio.erp.loads.plan import Plan, PlanError, Step, read_plan
from atrio.erp.loads.rows import Files
from atrio.erp.loads.running import COUNTED, begin, run
from atrio.erp.loads.types import types_by_name
from atrio.erp.models import State
from atrio.erp.portals import account, join, make_portal
from atrio.partners.models import Partner

from .load import Progress


class Command(BaseCommand):
    help = "Make a portal and fill it by a plan of loads; run again, it loads what has changed."

    def add_arguments(self, parser):
        parser.add_argument("plan", type=Path, metavar="PLAN.toml", help="portal, people and loads")
        parser.add_argument("--base", type=Path, required=True, metavar="FOLDER", help="where the data files are")
        parser.add_argument("--slug", help="the portal's address, instead of the plan's")

    def handle(self, *args, **options):
        try:
            plan = read_plan(options["plan"], options["base"])
        except PlanError as problem:
            raise CommandError(str(problem)) from problem
        portal = self._portal(plan, options["slug"] or plan.portal["slug"])
        actor = Actor.system(portal, "ERP")
        for step in plan.steps:
            self._load(actor, step, options["base"])
        self._people(portal, plan)

    def _portal(self, plan: Plan, slug: str) -> PortalFacts:
        known = portal_by_slug(slug)
        if known:
            return known
        facts = plan.portal | {"slug": slug}
        try:
            return make_portal(facts.pop("slug"), facts.pop("name"), **facts, **plan.facts)
        except NotNow as problem:
            raise CommandError(problem.message) from problem

    def _load(self, actor: Actor, step: Step, base: Path) -> None:
        kind = types_by_name().get(step.type)
        if kind is None:
            raise CommandError(f"There is no document type “{step.type}”.")
        mapping = load_mapping(step.mapping) if step.mapping else None
        order = Order(kind, Files(step.file, step.lines, base), mapping, skip_bad=step.skip_bad, notify=False)
        record = begin(actor, order, mapping=step.mapping.name if step.mapping else "")
        bar = Progress(self.stderr)
        run(actor, order, record, bar.show)
        bar.end()
        counts = {name: getattr(record, name) for name in COUNTED} | {"seconds": float(record.seconds)}
        self.stdout.write(json.dumps({"type": kind.name, "file": step.file.name} | counts))
        if record.state != State.DONE:
            self.stderr.write(record.problem or json.dumps(record.errors[:5], ensure_ascii=False))
            sys.exit(1)

    def _people(self, portal: PortalFacts, plan: Plan) -> None:
        """Those who do not have an account yet get one, with a password that is shown this once."""
        password = f"{secrets.token_urlsafe(9)}-Aa1"
        fresh = []
        for one in plan.people:
            user = account(one["email"], one["name"], language=one.get("language", ""))
            if not user.has_usable_password():
                user.set_password(password)
                user.save(update_fields=["password"])
                fresh.append(user.email)
            with scope(Actor.system(portal)):
                partner = None
                if "partner" in one:
                    partner = Partner.objects.get(portal_id=portal.id, external_id=one["partner"])
                join(portal, user, one.get("role", "administrator"), partner)
        self.stderr.write(f"{settings.BASE_URL}/{portal.slug}/")
        for email in fresh:
            self.stderr.write(f"  {email}  {password}")
