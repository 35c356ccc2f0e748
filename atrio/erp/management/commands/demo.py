"""`atrio demo`: the demonstration company, made once and told of whenever asked."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from atrio.core.crossing import portal_by_slug, portal_ids
from atrio.erp.demo import company, people
from atrio.erp.demo.making import NotMade, make


class Command(BaseCommand):
    help = "Make the demonstration company, or tell who can sign in to it."

    def add_arguments(self, parser):
        parser.add_argument("--force", action="store_true", help="also in a database that holds other portals")

    def handle(self, *args, **options):
        portal = portal_by_slug(company.SLUG)
        if portal is None:
            if portal_ids() and not options["force"]:
                raise CommandError("There are other portals in this database; --force adds the invented one.")
            try:
                make(lambda step: self.stderr.write(f"  {step}"))
            except NotMade as problem:
                raise CommandError(str(problem)) from problem
        elif "demo" not in portal.settings:
            raise CommandError(f"The address “{company.SLUG}” belongs to a portal that is not the demonstration.")
        else:
            self.stderr.write("  The demonstration company is there.")
        self.stdout.write(sign_ins())


def sign_ins() -> str:
    """Address, people and password as a table."""
    password = people.password()
    width = max(len(person.what) for person in people.PEOPLE) + 2
    emails = max(len(person.email) for person in people.PEOPLE) + 2
    rows = [f"  {p.what:<{width}}{p.email:<{emails}}{p.name}" for p in people.PEOPLE]
    said = password if people.untouched(password) else "as it was changed since"
    head = f"{company.PORTAL['name']}: {settings.BASE_URL}/{company.SLUG}/"
    return "\n".join([head, "", *rows, "", f"  Password of all: {said}", ""])
