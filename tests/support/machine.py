"""What tests need of a machine, and where the repository stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
REPOSITORY = TESTS.parent


def need(thing: str, present: object) -> None:
    """Skip by the name of what is missing; fail instead where GKTOOLS_REQUIRE_ALL=1, as CI sets it."""
    if present:
        return
    if os.environ.get("GKTOOLS_REQUIRE_ALL") == "1":
        pytest.fail(f"{thing} is missing, and GKTOOLS_REQUIRE_ALL=1 requires it", pytrace=False)
    pytest.skip(f"{thing} is missing")


def empty_database(folder: str) -> str:
    """The address of the PostgreSQL database in a socket folder, emptied."""
    import psycopg

    with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    return f"postgresql+psycopg://postgres@/postgres?host={folder}"
