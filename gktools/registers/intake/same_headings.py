"""Unknown headings that occur in several sheets of a file: one suggestion for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...errors import Problem

_OFFERED = re.compile(r"不认得这个栏目(?P<hint>；是不是)?.*“(?P<section>[^“”]+:)”下面加一行")
"""What is said of an unknown heading with its lines, and whether a column of ours is among them."""


def with_one_line_each(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield problems; those of one unknown heading with one text: the first that proposes a column, else the first.

    A sheet without rows proposes nothing, and another line for a heading than the one already copied is a mistake.
    """
    offered = [(problem, _OFFERED.match(problem.message)) for problem in problems]
    texts: dict[tuple[str, str], str] = {}
    for problem, found in sorted(offered, key=lambda one: not (one[1] and one[1]["hint"])):
        if found:
            texts.setdefault((problem.value or "", found["section"]), problem.message)
    for problem, found in offered:
        message = texts[problem.value or "", found["section"]] if found else problem.message
        yield problem if message == problem.message else replace(problem, message=message)
