"""One word for one thing: every value of the code stands in the glossary."""

from __future__ import annotations

import dataclasses
import importlib
import re

from conftest import REPOSITORY

GLOSSARY = (REPOSITORY / "docs/glossary.md").read_text(encoding="utf-8")
TERMS = {
    term.strip().lower()
    for line in GLOSSARY.splitlines()
    if line.startswith("| ")
    for term in line.split("|")[1].split(",")
}


MODULES = "forms findings offices prose tables counting inputs report runs records.schema records.store"
MODULES += " members counting.rolled records.sheet records.versions records.pulling records.history records.undoing"
MODULES += " records.privacy review.log review.people review.seal review.standing review.verdicts review.difference"
MODULES += (
    " publishing.gate publishing.publish publishing.correct publishing.site publishing.passages publishing.sensitive"
)
MODULES += " publishing.names publishing.agreement publishing.signing publishing.verification"


def values() -> set[str]:
    """The public frozen values that pass between modules, in words."""
    found = set()
    for name in MODULES.split():
        module = importlib.import_module(f"gktools.{name}")
        classes = [value for value in vars(module).values() if dataclasses.is_dataclass(value)]
        found |= {value.__name__ for value in classes if value.__module__ == module.__name__}
    return {re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in found if not name.startswith("_")}


def test_every_value_stands_in_the_glossary():
    assert sorted(values() - TERMS) == []


def test_every_term_has_its_chinese_word_and_a_meaning():
    rows = [line.split("|")[1:4] for line in GLOSSARY.splitlines() if line.startswith("| ")][1:]

    assert [row for row in rows if not all(cell.strip() for cell in row)] == []
