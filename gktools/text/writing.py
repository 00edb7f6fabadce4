"""Texts filled in: figures put in their places, sentences with unknown ones left out whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..errors import Problem, TextError, nearest
from ..figures.table import Figure, Unknown, format_figure
from ..forms.model import Cell
from ..inputs.inputs import Inputs
from ..prose import BoundFigure, Paragraph
from ..workspace.params_models import AspectText
from .sentences import OURS, Aspect, Sentence
from .tokens import CLOSE, FACTS, OPEN, SHARE, MissingError, Quantity, figures_of, tokens

_BRACES = re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL)
_TEMPLATE = "<template>"
"""How Jinja calls the file of a text in a traceback."""


def naming(source: str, word: str) -> str:
    """Return the braces that a name stands in."""
    return next((braces for braces in _all(source) if word in braces), "")


def failing(source: str, error: Exception, fill: Callable[[str], object]) -> str:
    """Return the braces that fail: those that fail alone in the same way, else the first on the line that failed."""
    alone = (braces for braces in _all(source) if _fails(braces, error, fill))
    there = (braces for braces in _all(source) if _line(source, braces) == _failed_line(error))
    return next(chain(alone, there), "")


def problem(message: str, name: str, source: str, braces: str) -> Problem:
    """Return a problem of a text, by its dotted path, at the line and column of the braces, which are quoted."""
    if not braces:
        return Problem(message, name)
    start = source.find(braces)
    column = start - (source.rfind("\n", 0, start) + 1) + 1
    return Problem(message, name, line=_line(source, braces), column=column, value=braces)


def _all(source: str) -> Iterator[str]:
    yield from (match[0] for match in _BRACES.finditer(source))


def _fails(braces: str, error: Exception, fill: Callable[[str], object]) -> bool:
    try:
        fill(braces)
    except Exception as found:  # whatever an office wrote between the braces
        return repr(found) == repr(error)
    return False


def _line(source: str, braces: str) -> int:
    return source[: source.find(braces)].count("\n") + 1


def _failed_line(error: Exception) -> int | None:
    """The line of the text at which Jinja failed."""
    if (line := getattr(error, "lineno", None)) is not None:
        return int(line)
    frame, found = error.__traceback__, None
    while frame is not None:
        found = frame.tb_lineno if frame.tb_frame.f_code.co_filename == _TEMPLATE else found
        frame = frame.tb_next
    return found


AUTOMATIC = "自动语句"
_USABLE = "可以写 {{ 新收申请 }}、{{ 占比(予以公开, 办结申请) }}、{% if 新收申请 %}……{% endif %}"
AUTOMATIC_TOKEN = "{{ " + AUTOMATIC + " }}"
_MARK = re.compile(f"{OPEN}(\\d+){CLOSE}")
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]?[”’）]*")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def _printable(value: Any) -> Any:
    """What may stand in a text: a figure of ours or a fact. Raises TextError for anything that leads nowhere."""
    if isinstance(value, Quantity | str | Undefined):
        return value
    if isinstance(value, Mapping):
        raise TextError('按类别分的指标要写明类别，如 {{ 办理事项["物业管理区域备案"] }}')
    raise TextError(f"算出来的“{value}”没有来历；数字请写指标名，不要在花括号里计算")


_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_printable)
_environment.globals.clear()
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr),
    *(nodes.Name, nodes.Const, nodes.Getitem, nodes.Getattr, nodes.Call, nodes.List, nodes.Tuple, nodes.Concat),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Test),
)
"""What a text may be made of: nothing that repeats or calculates, so that filling one in takes no longer than reading it."""
_UNREADABLE = (TemplateSyntaxError, SyntaxError, ValueError, RecursionError)


class Writer:
    """Fills in the texts of one report."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._figures = figures_of(inputs)
        self.omitted: list[str] = []

    def paragraphs(self, source: str, name: str, automatic: str = "") -> Iterator[Paragraph]:
        """The paragraphs of a text with its figures filled in; a blank line parts two."""
        written = self._fill(source, name, automatic)
        for part in _BLANK_LINE.split(written):
            paragraph = self._bind("".join(line.strip() for line in part.splitlines()))
            if paragraph.text:
                yield paragraph

    def mark(self, value: Figure, token: str, table: str = "", cell: Cell | None = None) -> str:
        """The mark of a figure of ours, to be put into a text for bound()."""
        return str(Quantity(value, BoundFigure(0, format_figure(value), token, table, cell), self._figures.marks))

    def bound(self, marked: str) -> Paragraph:
        """A paragraph of ours with its marks replaced by figures that know where they stand."""
        return self._bind(marked)

    def aspect(self, aspect: Aspect, passage: AspectText) -> Iterator[Paragraph]:
        """The paragraphs of one aspect: the office's own text, or ours."""
        automatic = self.sentences(aspect.sentences, lacking=passage.text is None)
        source = AUTOMATIC_TOKEN if passage.text is None else passage.text
        yield from self.paragraphs(source, f"text.overview.{aspect.key}.text", automatic)

    def sentences(self, sentences: tuple[Sentence, ...], *, lacking: bool) -> str:
        """Our sentences that this office and year call for, with the figures marked."""
        wanted = {
            "": True,
            "government": self._inputs.office.kind.government,
            "fee_statement": self._inputs.official.requires.fee_statement,
            "lacking_own": lacking,
        }
        return "".join(self._sentence(sentence) for sentence in sentences if wanted[sentence.only])

    def _sentence(self, sentence: Sentence) -> str:
        source = sentence.text
        if sentence.of and sentence.zero is not None:
            figure: Quantity = self._figures[sentence.of]
            if isinstance(figure.value, Unknown):
                return ""
            source = sentence.text if figure.value else sentence.zero
        return self._fill(source, OURS)

    def _fill(self, source: str, name: str, automatic: str = "") -> str:
        """The text with a mark for every figure, without the sentences whose figures are not known."""
        try:
            template, names = parse_text(source, name)
            values = {name: self._figures[name] for name in names} | {AUTOMATIC: automatic}
            written = _rendered(template, source, name, values)
        except MissingError:
            self.omitted.append(f"{name} 整段")
            return ""
        except TextError as error:
            raise TextError(problems=map(self._inputs.locate, error.problems)) from None
        kept = []
        for sentence in _SENTENCE.findall(written):
            if missing := self._missing(sentence):
                self.omitted += missing if name != OURS else []
            else:
                kept.append(sentence)
        return "".join(kept)

    def _missing(self, sentence: str) -> list[str]:
        """The tokens of a sentence whose figures are not known."""
        marks = [self._figures.marks[int(i)] for i in _MARK.findall(sentence)]
        return [mark.bound.token for mark in marks if isinstance(mark.value, Unknown)]

    def _bind(self, marked: str) -> Paragraph:
        """The paragraph with its marks replaced by figures that know where they stand."""
        text, figures, end = "", [], 0
        for mark in _MARK.finditer(marked):
            bound = self._figures.marks[int(mark[1])].bound
            text += marked[end : mark.start()]
            figures.append(BoundFigure(len(text), bound.text, bound.token, bound.table, bound.cell, bound.register))
            text += bound.text
            end = mark.end()
        return Paragraph(text + marked[end:], tuple(figures))


def _rendered(template: Any, source: str, name: str, values: Mapping[str, object]) -> str:
    """The text filled in. Raises TextError with the braces that cannot be, MissingError for a figure not known."""
    try:
        return str(template.render(values))
    except MissingError:
        raise
    except Exception as error:  # whatever an office wrote between the braces
        message = str(error) if isinstance(error, TextError) else f"花括号里的写法用不了；{_USABLE}"
        wrong = failing(source, error, lambda braces: _environment.from_string(braces).render(values))
    raise TextError(problems=[problem(message, name, source, wrong)])


@lru_cache(maxsize=256)
def parse_text(source: str, name: str) -> tuple[Any, tuple[str, ...]]:
    """The template of a text, and the names it uses. Raises TextError for wrong syntax and every unknown name."""
    source = source.replace(OPEN, "").replace(CLOSE, "")
    try:
        used, template = meta.find_undeclared_variables(_tree(source)), _environment.from_string(source)
    except _UNREADABLE as error:
        wrong = failing(source, error, _tree)
        raise TextError(problems=[problem(f"花括号的写法不对；{_USABLE}", name, source, wrong)]) from None
    known = {*tokens(), *FACTS, AUTOMATIC, SHARE}
    if strange := sorted(used - known):
        messages = {word: f"没有“{word}”这个指标{nearest(word, known)}" for word in strange}
        raise TextError(problems=[problem(said, name, source, naming(source, word)) for word, said in messages.items()])
    return template, tuple(sorted(used - {AUTOMATIC}))


def _tree(source: str) -> nodes.Template:
    """What a text is made of. Raises TemplateSyntaxError, or what Python says of braces it cannot read."""
    tree = _environment.parse(source)
    for node in tree.find_all(nodes.Node):
        is_called = isinstance(node, nodes.Call) and not isinstance(node.node, nodes.Name)
        if is_called or not isinstance(node, _ALLOWED):
            raise TemplateSyntaxError("not in a text", node.lineno)
    return tree
