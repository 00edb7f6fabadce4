"""Keys of records in a store of before, spelled as numbers are compared now."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from literal_registers import NOW, OFFICE, sheet

from gktools.registers.store import record_keys
from gktools.registers.store.database import META, TABLES
from gktools.registers.store.opening import open_store

REQUESTS = TABLES["requests"]


def requests(*numbers, year=2024):
    row = {"received_on": "2024-03-01", "applicant": "自然人"}
    return sheet("requests", year, [row | {"number": number} for number in numbers])


@pytest.fixture
def older(url, tmp_path):
    """A store in which the numbers 甲－1 and 乙-1 are keyed as an earlier version spelled them."""
    with open_store(tmp_path, url) as store:
        store.add([requests("甲－1", "乙-1")], NOW)
        with store.engine.begin() as connection:
            connection.execute(REQUESTS.update().where(REQUESTS.c.record_key == "甲-1").values(record_key="甲—1"))
            connection.execute(META.update().values(fields="of before"))
    return url


def keys(store):
    with store.engine.connect() as connection:
        wanted = sa.select(REQUESTS.c.record_key).where(REQUESTS.c.until_import.is_(None))
        return sorted(connection.execute(wanted).scalars())


def test_a_store_of_before_knows_its_records_by_the_spelling_of_now(older, tmp_path):
    with open_store(tmp_path, older) as store:
        assert keys(store) == ["乙-1", "甲-1"]
        (found,) = store.add([requests("甲-1", "乙-1")], NOW)
        assert (found.added, found.gone) == (0, ())
        assert len(store.load_records(OFFICE, 2024)["requests"]) == 2


def test_a_case_carried_over_is_one_case_under_either_spelling(older, tmp_path):
    with open_store(tmp_path, older) as store:
        store.add([requests("甲-1", year=2025)], NOW)
        assert len(store.load_records(OFFICE, 2025)["requests"]) == 2


def test_two_records_that_would_have_one_key_both_stay(url, tmp_path):
    with open_store(tmp_path, url) as store:
        store.add([requests("丙-1", "丁-1")], NOW)
        with store.engine.begin() as connection:
            connection.execute(REQUESTS.update().where(REQUESTS.c.record_key == "丁-1").values(record_key="丙—1"))
            assert record_keys.update_record_keys(connection) == 1
        assert keys(store) == ["丙-1", "丙-1\x1f#2"]
        assert len(store.load_records(OFFICE, 2024)["requests"]) == 2
