"""People who have just shown that they are there: what is tried here is sensitive, and asks for it."""

import pytest

from atrio.testing.sudo import sudo


@pytest.fixture
def as_(as_):
    return lambda who: sudo(as_(who))
