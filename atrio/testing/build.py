"""`python -m atrio.testing.build`: people the database that tests are cloned from."""

import django

if __name__ == "__main__":
    django.setup()
    from django.test import override_settings

    from atrio.testing import world  # reason: models need the set-up above
    from atrio.testing.hashing import FEW_ROUNDS

    with override_settings(PASSWORD_HASHERS=FEW_ROUNDS):
        world.build()
