"""All checks of one report against the previous year and for other names, in the order of the list of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from ...figures.previous_year import previous_year
from ...findings import Finding
from ...forms.year_on_year import relations
from ...inputs.inputs import Inputs
from .. import text_similarity as likeness
from ..comparison import Comparison, year_on_year_rules
from ..subject import Place, Subject
from . import cases, figures, statements

FIGURES: tuple[Callable[[Comparison], Iterator[Finding]], ...] = (
    figures.check_relations,
    figures.check_pending,
    figures.check_sudden,
    statements.check_stated_changes,
)


def check_year_on_year(subject: Subject, inputs: Inputs) -> list[Finding]:
    """Return all findings about a report and its previous year, without duplicates; only names if there is none."""
    named = statements.check_names(subject, inputs.mentions)
    last = previous_year(inputs)
    if last is None:
        return list(named)
    comparison = Comparison(subject, last)
    before: dict[str, str] = {}
    for office in inputs.before:
        for key, words in office.text.items():
            before[key] = f"{before.get(key, '')}\n{words}"
    found = chain(
        *(check(comparison) for check in FIGURES),
        cases.check_cases(comparison, inputs),
        cases.check_brought_in(comparison, inputs),
        likeness.check_similar_to_last_year(comparison, inputs.params.text.own(), before),
    )
    return list(dict.fromkeys([*found, *check_unused_explanations(comparison), *named]))


def check_unused_explanations(comparison: Comparison) -> Iterator[Finding]:
    """Yield every explained difference from last year that does not exist."""
    known = year_on_year_rules().keys() & {relation.code for relation in relations()}
    for i, given in enumerate(comparison.subject.params.differences):
        if given.rule in known and i not in comparison.used:
            where = f"（{given.cell}）" if given.cell else ""
            name = next(relation.name for relation in relations() if relation.code == given.rule)
            yield comparison.make_finding("text.difference-unused", Place(section="others"), found=name, named=where)
