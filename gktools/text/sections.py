"""The sections of a report's text: built-in sentences and the office's own, with figures bound to cells or counts.

A token such as {{ 新收申请 }} is replaced by a figure of a table or a register, so that text and tables agree. A
sentence with an unknown figure is omitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ..errors import Problem, TextError
from ..inputs.inputs import Inputs
from ..prose import MadeFor, Paragraph, Prose
from ..workspace.params_models import AspectText, ReportParams
from .differences import write_differences
from .sentences import BUILT_IN, narrative
from .writing import AUTOMATIC_TOKEN, Writer, parse_text


def write_opening(inputs: Inputs) -> Prose:
    """Return the opening below the title: legal basis, parts, period and contact; empty if turned off."""
    title = inputs.official.title.format(office=inputs.office.name, year=inputs.year)
    if not inputs.params.layout.opening:
        return Prose("opening", (), title, (), _made_for(inputs))
    own = inputs.params.text.opening
    source = own if own is not None else "".join(narrative().opening)
    writer = Writer(inputs)
    return Prose(
        "opening", tuple(writer.paragraphs(source, "text.opening")), title, tuple(writer.omitted), _made_for(inputs)
    )


def write_overview(inputs: Inputs) -> Prose:
    """Return section 一: the lead, then each aspect with its sub-heading and the office's own or the built-in text."""
    writer = Writer(inputs)
    text = inputs.params.text.overview
    found = list(writer.paragraphs(text.lead or "", "text.overview.lead"))
    if inputs.office.scope:
        found += writer.paragraphs(narrative().scope, BUILT_IN)
    number = 0
    for aspect in narrative().overview:
        passage: AspectText = getattr(text, aspect.key)
        written = [] if passage.omit else list(writer.aspect(aspect, passage))
        if written and (heading := aspect.heading if passage.heading is None else passage.heading):
            number += 1
            found.append(Paragraph(_numbered(heading, number, inputs), is_heading=True))
        found += written
    return Prose(
        "overview", tuple(found), inputs.form.section("overview").title, tuple(writer.omitted), _made_for(inputs)
    )


def write_problems(inputs: Inputs) -> Prose:
    """Return section 五, the office's own text; empty if there is none, which blocks publication."""
    writer = Writer(inputs)
    paragraphs = tuple(writer.paragraphs(inputs.params.text.problems or "", "text.problems"))
    return Prose(
        "problems", paragraphs, inputs.form.section("problems").title, tuple(writer.omitted), _made_for(inputs)
    )


def write_others(inputs: Inputs) -> Prose:
    """Return section 六: 信息处理费 if the notice requires it, the office's own matters, and explained differences."""
    writer = Writer(inputs)
    own = inputs.params.text.others
    explained = list(write_differences(inputs, writer))
    automatic = writer.sentences(narrative().others, lacking=own is None and not explained)
    source = AUTOMATIC_TOKEN if own is None else own
    paragraphs = (*writer.paragraphs(source, "text.others", automatic), *explained)
    return Prose("others", paragraphs, inputs.form.section("others").title, tuple(writer.omitted), _made_for(inputs))


def write_signature(inputs: Inputs) -> Prose:
    """Return the office's name and the date of signature; empty if turned off."""
    day = inputs.signed_on
    lines = [] if day is None else [inputs.office.name, day_in_words(day)]
    return Prose("signature", tuple(map(Paragraph, lines)), made_for=_made_for(inputs))


def day_in_words(day: date) -> str:
    """Return a day as official documents write it, without filling zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def check_texts(params: ReportParams) -> list[Problem]:
    """Return all problems with the tokens of an office's texts, without reading records."""
    problems: list[Problem] = []
    for name, source in _sources(params):
        try:
            parse_text(source, name)
        except TextError as error:
            problems += error.problems
    return problems


def _sources(params: ReportParams) -> Iterator[tuple[str, str]]:
    text = params.text
    named: dict[str, str | None] = {
        "text.opening": text.opening,
        "text.overview.lead": text.overview.lead,
        "text.problems": text.problems,
        "text.others": text.others,
    }
    for aspect in narrative().overview:
        named[f"text.overview.{aspect.key}.text"] = getattr(text.overview, aspect.key).text
    yield from ((name, source) for name, source in named.items() if source)


def _made_for(inputs: Inputs) -> MadeFor:
    return MadeFor(inputs.office.code, inputs.year)


def _numbered(heading: str, number: int, inputs: Inputs) -> str:
    style = inputs.params.layout
    if style.numbering == "arabic":
        return f"{number}.{heading}"
    if style.numbering == "none":
        return heading
    chinese = f"（{'一二三四五六七八九十'[number - 1]}）"
    return (chinese if style.brackets == "full" else chinese.replace("（", "(").replace("）", ")")) + heading
