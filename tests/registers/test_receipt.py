"""收到申请之日 (条例 31): the same day for a record that is imported and for a register that is counted."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import pytest

from gktools.figures.counting.requests import receipt
from gktools.registers.intake.contradictions import legal_receipt
from gktools.registers.schema import registers
from gktools.registers.store.record_columns import RecordColumns

ENTERED, ARRIVED, CONFIRMED = date(2024, 3, 1), date(2024, 12, 31), date(2025, 1, 2)
CHANNELS = ("", *registers()["requests"]["channel"].choices)
AT_ARRIVAL = {"in_person", "registered_mail", "oral"}
RECORDS = [
    {"channel": channel, "received_on": entered, "arrived_on": arrived, "confirmed_on": confirmed}
    for channel, entered, arrived, confirmed in product(CHANNELS, (None, ENTERED), (None, ARRIVED), (None, CONFIRMED))
]


def columns_of(records):
    kinds = {name: "datetime64[D]" if name.endswith("_on") else object for name in RECORDS[0]}
    columns = {name: np.array([record[name] for record in records], dtype=kind) for name, kind in kinds.items()}
    return RecordColumns("requests", tuple(kinds), len(records), columns.__getitem__)


def test_import_and_count_find_the_same_day_for_every_channel_and_whatever_dates_there_are():
    assert receipt(columns_of(RECORDS)).tolist() == [legal_receipt(record) for record in RECORDS]


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_day_is_that_of_arrival_or_of_confirmation_by_the_channel(channel):
    request = {"channel": channel, "arrived_on": ARRIVED, "confirmed_on": CONFIRMED}

    assert legal_receipt(request) == (ARRIVED if channel in AT_ARRIVAL else CONFIRMED)
    assert legal_receipt(request | {"received_on": ENTERED}) == ENTERED


def test_a_record_that_lacks_the_fields_is_not_received():
    assert legal_receipt({}) is None


def test_a_register_without_requests_has_no_days():
    days = receipt(columns_of([]))

    assert (len(days), days.dtype) == (0, np.dtype("datetime64[D]"))
