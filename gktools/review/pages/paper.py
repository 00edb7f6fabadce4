"""The look of the published page inside a page of ours: its own style sheets, each rule only below .paper."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

_TEMPLATES = Path(__file__).parents[2] / "templates"
_SHEETS = ("gk-report/style.css", "gk-report/pictures.css", "gk-review/review.css")
_RULE = re.compile(r"(@?[^{}@;]+)\{([^{}]*)\}")
_WHOLE = {":root": ".paper", "html": ".paper", "body": ".paper", "main": ".paper .sheet"}


@lru_cache
def paper_style() -> str:
    """Return the style of a review page as one sheet that touches nothing outside .paper."""
    return "\n".join(within((_TEMPLATES / name).read_text(encoding="utf-8")) for name in _SHEETS)


def within(css: str) -> str:
    """Return a flat style sheet with every rule, also those for a medium, put below .paper."""
    return _RULE.sub(lambda found: f"{_below(found[1])}{{{found[2]}}}", css)


def _below(selectors: str) -> str:
    if selectors.strip().startswith("@"):
        return selectors
    return ",".join(_WHOLE.get(one, f".paper {one}") for one in map(str.strip, selectors.split(",")))
