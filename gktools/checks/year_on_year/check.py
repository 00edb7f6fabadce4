"""All checks of one report against the year before and against other names, in the order of the list of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from ...figures.previous_year import previous_year
from ...findings import Finding
from ...forms.year_on_year import relations
from ...inputs.inputs import Inputs
from .. import text_similarity as likeness
from ..comparison import Comparison, continuity_rules
from ..subject import Place, Subject
from . import cases, figures, statements

FIGURES: tuple[Callable[[Comparison], Iterator[Finding]], ...] = (
    figures.check_relations,
    figures.check_pending,
    figures.check_sudden,
    statements.check_year_on_year,
)


def check_continuity(subject: Subject, inputs: Inputs) -> list[Finding]:
    """Return every finding about a report beside its last year, each once; nothing where no last year is known."""
    named = statements.check_names(subject, inputs.mentions)
    last = previous_year(inputs)
    if last is None:
        return list(named)
    look = Comparison(subject, last)
    before: dict[str, str] = {}
    for one in inputs.before:
        for key, words in one.text.items():
            before[key] = f"{before.get(key, '')}\n{words}"
    found = chain(
        *(check(look) for check in FIGURES),
        cases.check_cases(look, inputs),
        likeness.check_last_year(look, inputs.params.text.own(), before),
    )
    return list(dict.fromkeys([*found, *unused(look), *named]))


def unused(look: Comparison) -> Iterator[Finding]:
    """Yield every difference with last year that was explained and is not there."""
    ours = continuity_rules().keys() & {relation.code for relation in relations()}
    for i, given in enumerate(look.subject.params.differences):
        if given.rule in ours and i not in look.used:
            where = f"（{given.cell}）" if given.cell else ""
            name = next(relation.name for relation in relations() if relation.code == given.rule)
            yield look.make_finding("text.difference-unused", Place(section="others"), found=name, named=where)
