"""收到申请之日 of a request (条例 31): the fields it is taken from."""

from __future__ import annotations

_AT_ARRIVAL = frozenset(("in_person", "registered_mail", "oral"))
"""The channels by which a request is received when it arrives; by any other, when both sides have confirmed it."""


def receipt_fields(channel: str | None) -> tuple[str, ...]:
    """Return the fields of the day of receipt by the request's channel; the first one with a date counts.

    The entered day comes first. A request without a date in these fields is not received yet.
    """
    return "received_on", "arrived_on" if channel in _AT_ARRIVAL else "confirmed_on"
