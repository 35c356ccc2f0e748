"""`python -m atrio.testing.build`: people the database that tests are cloned from."""

import django

if __name__ == "__main__":
    django.setup()
    from atrio.testing import world  # reason: models need the set-up above

    world.build()
