"""`python -m atrio.tests.browser.letters`: for each name of a portal it is given, does what waits in the queue, and
prints the letters of that portal as JSON. It stays, for starting Django takes longer than all the rest."""

import json
import os
import sys

import django


def sent(slug: str) -> list[dict]:
    from atrio.core.actor import Actor
    from atrio.core.models import Mail
    from atrio.core.scope import scope
    from atrio.testing import jobs
    from atrio.testing.world import portal

    jobs.run_all()
    with scope(Actor.system(portal(slug))):
        return list(Mail.objects.order_by("pk").values("to", "subject", "text", "state"))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atrio.config.settings")
    django.setup()
    for line in sys.stdin:
        print(json.dumps(sent(line.strip())), flush=True)  # noqa: T201 (for whoever waits for a letter)
