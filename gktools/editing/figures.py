"""The tokens available in texts, each with its current text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..figures.table import Unknown
from ..inputs.inputs import Inputs
from ..registers.schema import registers
from ..text.tokens import FACTS, report_figures, tokens

FACT = "报告"
"""The origin of a token that is not a figure: the office, the year, the notice."""


@dataclass(frozen=True)
class UsableFigure:
    """A token as written in a text, its current text, and the table or register it comes from."""

    token: str
    shown: str
    origin: str
    reason: str = ""


def usable_figures(inputs: Inputs) -> tuple[UsableFigure, ...]:
    """Return every token with its current text; reason is why its figure is unknown, "" if it is known."""
    figures = report_figures(inputs)
    return tuple(figure for name in (*tokens(), *FACTS) for figure in _usable(name, figures[name], inputs))


def _usable(name: str, value: Any, inputs: Inputs) -> Iterator[UsableFigure]:
    if name not in tokens():
        if isinstance(value, str | int):
            yield UsableFigure(_as_token(name), str(value), FACT)
        return
    kinds = value.items() if isinstance(value, Mapping) else [("", value)]
    for kind, quantity in kinds:
        reason = quantity.value.reason if isinstance(quantity.value, Unknown) else ""
        yield UsableFigure(_as_token(name, kind), quantity.bound.text, _origin(name, inputs), reason)


def _as_token(name: str, kind: str = "") -> str:
    return "{{ " + (f'{name}["{kind}"]' if kind else name) + " }}"


def _origin(name: str, inputs: Inputs) -> str:
    token = tokens()[name]
    if token.register:
        return registers()[token.register].label
    return next((form.name for form in inputs.form.forms if form.key == token.table), "")
