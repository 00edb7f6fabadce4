"""One word for one thing: every value of the code stands in the glossary."""

from __future__ import annotations

import dataclasses
import importlib
import re

from machine import REPOSITORY

GLOSSARY = (REPOSITORY / "docs/glossary.md").read_text(encoding="utf-8")
TERMS = {
    term.strip().lower()
    for line in GLOSSARY.splitlines()
    if line.startswith("| ")
    for term in line.split("|")[1].split(",")
}


MODULES = [
    "build.freshness",
    "build.run",
    "figures.counting.count",
    "figures.counting.rolled",
    "figures.table",
    "findings",
    "forms.model",
    "inputs.inputs",
    "inputs.members",
    "prose",
    "publication.agreement",
    "publication.correct",
    "publication.gate",
    "publication.issues",
    "publication.names",
    "publication.passages",
    "publication.publish",
    "publication.sensitive",
    "publication.signing",
    "publication.site",
    "publication.site_verification",
    "registers.questions",
    "registers.schema",
    "registers.sheet",
    "registers.store.history",
    "registers.store.privacy",
    "registers.store.loading",
    "registers.store.store",
    "registers.store.undo",
    "registers.store.versions",
    "report.queries.difference",
    "report.report",
    "review.log",
    "review.people",
    "review.seal",
    "review.state",
    "review.decisions",
    "workspace.offices",
    "workspace.output",
]


def values() -> set[str]:
    """The public frozen values that pass between modules, in words."""
    found = set()
    for name in MODULES:
        module = importlib.import_module(f"gktools.{name}")
        classes = [value for value in vars(module).values() if dataclasses.is_dataclass(value)]
        found |= {value.__name__ for value in classes if value.__module__ == module.__name__}
    return {re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in found if not name.startswith("_")}


def test_every_value_stands_in_the_glossary():
    assert sorted(values() - TERMS) == []


def test_every_term_has_its_chinese_word_and_a_meaning():
    rows = [line.split("|")[1:4] for line in GLOSSARY.splitlines() if line.startswith("| ")][1:]

    assert [row for row in rows if not all(cell.strip() for cell in row)] == []
