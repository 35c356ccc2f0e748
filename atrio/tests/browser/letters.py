"""`python -m atrio.tests.browser.letters`: does what waits in the queue, and prints the letters there are, as JSON."""

import json
import os

import django


def sent() -> list[dict]:
    from atrio.core.models import Mail
    from atrio.core.scope import scope
    from atrio.testing import jobs
    from atrio.testing.world import known

    jobs.run_all()
    with scope(known().system()):
        return list(Mail.objects.order_by("pk").values("to", "subject", "text"))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atrio.config.settings")
    django.setup()
    print(json.dumps(sent()))  # noqa: T201 (for whoever waits for a letter)
