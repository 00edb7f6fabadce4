"""Requirements of tests on the machine, and the path of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
REPOSITORY = TESTS.parent


def examples(few: int) -> int:
    """Return how many random examples a test draws: as few as these, or as many as GKTOOLS_EXAMPLES says (make soak)."""
    return int(os.environ.get("GKTOOLS_EXAMPLES") or few)


def need(thing: str, present: object) -> None:
    """Skip the test and name the missing thing; fail instead if GKTOOLS_REQUIRE_ALL=1, as in CI."""
    if present:
        return
    if os.environ.get("GKTOOLS_REQUIRE_ALL") == "1":
        pytest.fail(f"{thing} is missing, and GKTOOLS_REQUIRE_ALL=1 requires it", pytrace=False)
    pytest.skip(f"{thing} is missing")


def empty_database(folder: str) -> str:
    """Empty the PostgreSQL database in a socket folder, and return its address."""
    import psycopg

    with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    return f"postgresql+psycopg://postgres@/postgres?host={folder}"
