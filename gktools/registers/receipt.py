"""收到申请之日 of a request (条例 31): which of its dates it is."""

from __future__ import annotations

_AT_ARRIVAL = frozenset(("in_person", "registered_mail", "oral"))
"""The channels by which a request is received when it arrives; by any other, when both sides have confirmed it."""


def receipt_fields(channel: str | None) -> tuple[str, ...]:
    """Return the fields that give the day of receipt of a request by its channel: it is the first that has a date.

    The day as it was entered comes first. A request without a date in any of them is not received yet.
    """
    return "received_on", "arrived_on" if channel in _AT_ARRIVAL else "confirmed_on"
