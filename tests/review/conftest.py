"""Passwords at low cost for the tests of review; test_passwords.py holds the cost that users have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reviewing import QUICK

from gktools.review import passwords


@pytest.fixture(scope="package", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords in this process at the lowest cost: what a hash costs is in it, so any process can check it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: QUICK)
        yield
