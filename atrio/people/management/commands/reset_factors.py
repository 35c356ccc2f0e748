"""Takes the second factor of an account away: for operators, when somebody has lost all of it."""

from django.core.management.base import BaseCommand, CommandError

from atrio.people.accounts import with_email
from atrio.people.factors.resetting import reset_factors


class Command(BaseCommand):
    help = "Take the second factor of an account away; its sessions end, and its person is told by mail."

    def add_arguments(self, parser) -> None:
        parser.add_argument("email", help="the e-mail address of the account")

    def handle(self, *args, **options) -> None:
        user = with_email(options["email"])
        if user is None:
            raise CommandError("There is no account with this address.")
        gone = reset_factors(user)
        self.stdout.write(f"{user.email}: {gone} taken away.")
