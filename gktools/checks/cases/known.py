"""What was known of the requests on a day: the same records without what happened later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from ...registers.schema import registers
from ...registers.store.loading import Records


def known_on(records: Records, day: date) -> Records:
    """Return the records as they stood on a day, looked at for its year: requests without any later event.

    A request that came in later, or was taken over later, is not among them.
    """
    frame, last = records.frames["requests"], pd.Timestamp(day)
    came = ~(frame["arrived_on"] > last) & ~(frame["taken_over_on"] > last)
    came &= frame["arrived_on"].notna() | ~(frame["received_on"] > last)
    dates = [field.key for field in registers()["requests"].pulled if field.type == "date" and not field.ahead]
    if came.all() and not any((frame[key].to_numpy() > last.to_numpy()).any() for key in dates):
        return records.at(day.year) if records.year != day.year else records
    known = frame.assign(**frame[dates].mask(frame[dates] > last))[came]
    return replace(records, year=day.year, frames={**records.frames, "requests": known.reset_index(drop=True)})
