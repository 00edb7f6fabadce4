"""The rules as data: code, severity, message and remedy (rules.yaml)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from ..errors import FormatError
from ..findings import Severity
from ..yamlfile import UnreadableYamlError, parse_yaml, validate

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Wording:
    """Other words of a rule for somebody who has only the published report; empty where the usual ones are used."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    message: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule: refs are its numbers in the list of checks, message and remedy are templates with named fields.

    general is its remedy where many findings are spoken of at once; the usual one is then used if it names nothing.
    A rule with tables exists once for each of them, with the code table.code. published are its words about a published
    report, without registers or parameters.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: str
    refs: tuple[str, ...]
    severity: Severity
    title: str
    message: str
    remedy: str
    source: str
    tables: tuple[str, ...] = ()
    published: Wording = Wording()
    general: str = ""

    @property
    def remedy_of_many(self) -> str:
        """Its remedy for findings in many places, with nothing left to fill in."""
        return self.general or self.remedy.format()

    def wording(self, *, published: bool) -> Wording:
        """Return its message and its remedy, as templates."""
        if not published:
            return Wording(self.message, self.remedy)
        return Wording(self.published.message or self.message, self.published.remedy or self.remedy)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its findings, one for each table."""
        return tuple(f"{table}.{self.code}" for table in self.tables) or (self.code,)


@lru_cache
def rules() -> dict[str, Rule]:
    """Return all rules by the code of their findings, in the order of rules.yaml."""
    return read_rules((FOLDER / "rules.yaml").read_text(encoding="utf-8"), "rules.yaml")


def read_rules(text: str, name: str) -> dict[str, Rule]:
    """Return the rules in the text of a YAML file. Raises FormatError, with file and line, for an invalid rule."""
    try:
        document = parse_yaml(text, name)
    except UnreadableYamlError as error:
        raise FormatError(problems=[error.problem]) from None
    found, problems = validate(TypeAdapter(tuple[Rule, ...]), document)
    if problems:
        raise FormatError(problems=problems)
    return _by_code(found, name)


def _by_code(found: Iterable[Rule], name: str) -> dict[str, Rule]:
    by_code: dict[str, Rule] = {}
    for rule in found:
        for code in rule.codes:
            if code in by_code:
                raise FormatError(f"{name}：规则“{code}”写了两次")
            by_code[code] = rule
    return by_code
