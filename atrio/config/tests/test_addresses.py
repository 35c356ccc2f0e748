"""Whose address it is: behind a proxy the one that our proxy names, otherwise the one that asks."""

import pytest
from django.test import RequestFactory

from atrio.config.headers import AddressMiddleware


@pytest.mark.parametrize(
    ("behind", "said", "address"),
    [
        (True, "198.51.100.4", "198.51.100.4"),
        (True, "10.0.0.1, 198.51.100.4", "198.51.100.4"),
        (True, "198.51.100.4, <script>", "127.0.0.1"),
        (True, "", "127.0.0.1"),
        (True, "2001:DB8::0001", "2001:db8::1"),
        (False, "198.51.100.4", "127.0.0.1"),
    ],
)
def test_only_what_our_proxy_says_counts(behind, said, address, settings):
    settings.BEHIND_PROXY = behind
    request = RequestFactory().get("/", headers={"x-forwarded-for": said})
    assert AddressMiddleware(lambda r: r.META["REMOTE_ADDR"])(request) == address
