"""A web server of this computer, as the tests of fetching have it."""

from tests.unit.test_trust_https import authority, site

__all__ = ["authority", "site"]
