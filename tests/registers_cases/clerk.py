"""A clerk who takes the lines and options that messages offer, as they stand, until a file is in."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from registers_cases.desk import Desk

_SECTION = re.compile(r"[“]([^“”]+):”下面")
_OFFERED = re.compile(r"[“]([^“”]+):”下面加一行“(  .+?)”(?:或者|（冒号后)")


class Clerk:
    """What a clerk has written so far, and how often the file was tried. chosen: answers by code or subject; of others
    the first is taken."""

    def __init__(self, desk: Desk, chosen: Mapping[str, str] | None = None) -> None:
        self.desk, self.chosen = desk, chosen or {}
        self.lines: defaultdict[str, list[str]] = defaultdict(list)
        self.options: list[str] = []
        self.runs = self.decisions = 0
        self.told: list[str] = []

    def bring_in(self, path: Path, *options: str) -> dict:
        """Import a file as the messages say; return the document of the last import."""
        while self.runs < 6:
            self.runs += 1
            found = self.desk.take(path, *options, *self.options)
            if found["exit"] == 0:
                self.told = [text for result in found["results"] for text in result["warnings"]]
                return found
            offers = [*self._of_problems(found["problems"]), *self._of_questions(found["questions"])]
            assert offers, found["problems"]
            for section, line in offers:
                self.decisions += 1
                if section:
                    self.lines[section] += line.split("\n")
                else:
                    self.options += shlex.split(line)
            self.desk.columns("".join(f"{name}:\n" + "".join(f"{x}\n" for x in xs) for name, xs in self.lines.items()))
        raise AssertionError(found)

    def _of_problems(self, problems: list[dict]) -> Iterator[tuple[str, str]]:
        for problem in problems:
            if offered := _OFFERED.search(problem["message"]):
                yield offered[1], offered[2]

    def _of_questions(self, questions: list[dict]) -> Iterator[tuple[str, str]]:
        for question in questions:
            wanted = self.chosen.get(question["subject"]) or self.chosen.get(question["code"])
            keys = [answer["key"] for answer in question["answers"]]
            assert wanted is None or wanted in keys, (wanted, question)
            ready = question["answers"][keys.index(wanted) if wanted else 0]["ready"]
            if question["kept"] == "columns":
                yield _SECTION.search(question["text"])[1], ready
            else:
                yield "", ready
