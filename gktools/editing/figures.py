"""The tokens that a text may use, each with what would stand in its place today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..figures.table import Unknown
from ..inputs.inputs import Inputs
from ..registers.schema import registers
from ..text.tokens import FACTS, report_figures, tokens

FACT = "报告"
"""The origin of a token that is no figure: the office, the year, the notice."""


@dataclass(frozen=True)
class UsableFigure:
    """A token as it is written in a text, what it shows today, and the table or register that it comes from."""

    token: str
    shown: str
    origin: str
    reason: str = ""


def usable_figures(inputs: Inputs) -> tuple[UsableFigure, ...]:
    """Return every token with its present figure; reason says why one is not known."""
    figures = report_figures(inputs)
    return tuple(figure for name in (*tokens(), *FACTS) for figure in _usable(name, figures[name], inputs))


def _usable(name: str, held: Any, inputs: Inputs) -> Iterator[UsableFigure]:
    if name not in tokens():
        if isinstance(held, str | int):
            yield UsableFigure(_written(name), str(held), FACT)
        return
    kinds = held.items() if isinstance(held, Mapping) else [("", held)]
    for kind, quantity in kinds:
        value = quantity.value
        reason = value.reason if isinstance(value, Unknown) else ""
        yield UsableFigure(_written(name, kind), quantity.bound.text, _origin(name, inputs), reason)


def _written(name: str, kind: str = "") -> str:
    return "{{ " + (f'{name}["{kind}"]' if kind else name) + " }}"


def _origin(name: str, inputs: Inputs) -> str:
    token = tokens()[name]
    if token.register:
        return registers()[token.register].label
    return next((form.name for form in inputs.form.forms if form.key == token.table), "")
