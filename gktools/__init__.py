"""The vocabulary of the notebook: what its cells may name, and nothing else.

Each name is loaded when it is first used, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .charts import draw_pictures
    from .counting import count_disclosures, count_requests, count_reviews
    from .inputs import open_inputs
    from .narrative import write_opening, write_others, write_overview, write_problems, write_signature
    from .report import make_report

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

_HOME = {"count": "counting", "draw": "charts", "write": "narrative", "make": "report", "open": "inputs"}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(f".{_HOME[name.partition('_')[0]]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
