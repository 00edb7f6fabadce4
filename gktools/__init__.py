"""The vocabulary of the notebook: what its cells may name, and nothing else.

Each name is loaded when it is first used, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .figures.counting.count import count_disclosures, count_requests, count_reviews
    from .inputs.inputs import open_inputs
    from .report.report import make_report
    from .text.charts.pictures import draw_pictures
    from .text.sections import write_opening, write_others, write_overview, write_problems, write_signature

__all__ = [
    "count_disclosures",
    "count_requests",
    "count_reviews",
    "draw_pictures",
    "make_report",
    "open_inputs",
    "write_opening",
    "write_others",
    "write_overview",
    "write_problems",
    "write_signature",
]

_HOME = {
    "count": "figures.counting.count",
    "draw": "text.charts.pictures",
    "write": "text.sections",
    "make": "report.report",
    "open": "inputs.inputs",
}
"""The module of each name, by its verb."""


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(f".{_HOME[name.partition('_')[0]]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
