"""Rendering of texts: tokens are replaced by figures, and sentences with unknown figures are omitted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..errors import Problem, TextError, nearest
from ..figures.table import Figure, Unknown, format_figure
from ..forms.model import Cell
from ..inputs.inputs import Inputs
from ..prose import BoundFigure, Paragraph
from ..workspace.params_models import AspectText
from .sentences import BUILT_IN, Aspect, Sentence, narrative
from .tokens import FACTS, MARK_END, MARK_START, SHARE, MissingError, Quantity, report_figures, tokens

_BRACES = re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL)
_TEMPLATE = "<template>"
"""Jinja's name for the file of a text in a traceback."""
MOST_NAMED = 20
"""How many unknown names of a text are told: for each the whole text is looked at once."""
_MOST_TRIED = 500
"""How many braces of a text are tried alone to find those with an error."""


def find_braces(source: str, word: str) -> str:
    """Return the braces that contain a name."""
    return next((braces for braces in _all_braces(source) if word in braces), "")


def find_failing_braces(source: str, error: Exception, fill: Callable[[str], object]) -> str:
    """Return the braces with an error: those that fail alone in the same way, or else the first on the failed line."""
    tried = islice(dict.fromkeys(_all_braces(source)), _MOST_TRIED)
    alone = (braces for braces in tried if _fails_alike(braces, error, fill))
    return next(chain(alone, _braces_on_line(source, _failed_line(error))), "")


def _braces_on_line(source: str, line: int | None) -> Iterator[str]:
    """Yield the braces that begin on a line."""
    at, end = 1, 0
    for match in _BRACES.finditer(source):
        at, end = at + source.count("\n", end, match.start()), match.start()
        if at == line:
            yield match[0]


def text_problem(message: str, name: str, source: str, braces: str) -> Problem:
    """Return a problem of a text, with the text's dotted path, and the braces with their line and column."""
    if not braces:
        return Problem(message, name)
    start = source.find(braces)
    column = start - (source.rfind("\n", 0, start) + 1) + 1
    return Problem(message, name, line=_line(source, braces), column=column, value=braces)


def _all_braces(source: str) -> Iterator[str]:
    yield from (match[0] for match in _BRACES.finditer(source))


def _fails_alike(braces: str, error: Exception, fill: Callable[[str], object]) -> bool:
    try:
        fill(braces)
    except Exception as found:  # whatever an office wrote between the braces
        return repr(found) == repr(error)
    return False


def _line(source: str, braces: str) -> int:
    return source[: source.find(braces)].count("\n") + 1


def _failed_line(error: Exception) -> int | None:
    """Return the line of the text on which Jinja failed."""
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
_MARK = re.compile(f"{MARK_START}(\\d+){MARK_END}")
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]?[”’）]*")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def _printable(value: Any) -> Any:
    """Return a value if it may be printed in a text: a figure or a fact. Raises TextError for any other value."""
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
"""The syntax allowed in a text: no loops and no arithmetic, so that rendering takes linear time."""
_UNREADABLE = (TemplateSyntaxError, SyntaxError, ValueError, RecursionError)


class Writer:
    """The writer of one report's texts; omitted holds the tokens of omitted sentences."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._figures = report_figures(inputs)
        self.omitted: list[str] = []

    def paragraphs(self, source: str, name: str, automatic: str = "") -> Iterator[Paragraph]:
        """Yield the paragraphs of a text with its figures; a blank line separates two paragraphs."""
        written = self._fill(source, name, automatic)
        for part in _BLANK_LINE.split(written):
            paragraph = self.bind("".join(line.strip() for line in part.splitlines()))
            if paragraph.text:
                yield paragraph

    def mark(self, value: Figure, token: str, table: str = "", cell: Cell | None = None) -> str:
        """Return the mark of a figure, for use in a text given to bind."""
        return str(Quantity(value, BoundFigure(0, format_figure(value), token, table, cell), self._figures.marks))

    def bind(self, marked: str) -> Paragraph:
        """Return the paragraph of a text, with its marks replaced by bound figures."""
        text, figures, end = "", [], 0
        for mark in _MARK.finditer(marked):
            bound = self._figures.marks[int(mark[1])].bound
            text += marked[end : mark.start()]
            figures.append(BoundFigure(len(text), bound.text, bound.token, bound.table, bound.cell, bound.register))
            text += bound.text
            end = mark.end()
        return Paragraph(text + marked[end:], tuple(figures))

    def aspect(self, aspect: Aspect, passage: AspectText) -> Iterator[Paragraph]:
        """Yield the paragraphs of one aspect: the office's own text, or the built-in one."""
        automatic = self.sentences(aspect.sentences, lacking=passage.text is None)
        source = AUTOMATIC_TOKEN if passage.text is None else passage.text
        yield from self.paragraphs(source, f"text.overview.{aspect.key}.text", automatic)

    def sentences(self, sentences: tuple[Sentence, ...], *, lacking: bool) -> str:
        """Return the built-in sentences for this office and year, with marks for figures.

        lacking says that the office has no text of its own: it adds the sentences for that case.
        """
        wanted = {
            "": True,
            "government": self._inputs.office.kind.government,
            "fee_statement": self._inputs.official.requires.fee_statement,
            "lacking_own": lacking,
        }
        return "".join(self._sentence(sentence) for sentence in sentences if wanted[sentence.only])

    def _sentence(self, sentence: Sentence) -> str:
        source = sentence.text
        if sentence.without and not isinstance(self._figures[sentence.without].value, Unknown):
            return ""
        if sentence.of and sentence.zero is not None:
            figure: Quantity = self._figures[sentence.of]
            if isinstance(figure.value, Unknown):
                return ""
            source = sentence.text if figure.value else sentence.zero
        return self._fill(source, BUILT_IN)

    def _fill(self, source: str, name: str, automatic: str = "") -> str:
        """Return the text with a mark for every figure, without sentences with unknown figures."""
        try:
            template, names = parse_text(source, name)
            values = {name: self._figures[name] for name in names} | {AUTOMATIC: automatic}
            written = _render(template, source, name, values)
        except MissingError:
            self.omitted.append(f"{name} 整段")
            return ""
        except TextError as error:
            raise TextError(problems=map(self._inputs.locate, error.problems)) from None
        complete = []
        for sentence in _SENTENCE.findall(written):
            if missing := self._missing(sentence):
                self.omitted += missing if name != BUILT_IN else []
            else:
                complete.append(sentence)
        return "".join(complete)

    def _missing(self, sentence: str) -> list[str]:
        """Return the tokens with unknown figures in a sentence."""
        marks = [self._figures.marks[int(i)] for i in _MARK.findall(sentence)]
        return [mark.bound.token for mark in marks if isinstance(mark.value, Unknown)]


def _render(template: Any, source: str, name: str, values: Mapping[str, object]) -> str:
    """Return the rendered text. Raises TextError with the wrong braces, MissingError for an unknown figure."""
    try:
        return str(template.render(values))
    except MissingError:
        raise
    except Exception as error:  # any error of the office's own expression
        message = str(error) if isinstance(error, TextError) else f"花括号里的写法用不了；{_USABLE}"
        wrong = find_failing_braces(source, error, lambda braces: _environment.from_string(braces).render(values))
    raise TextError(problems=[text_problem(message, name, source, wrong)])


@lru_cache(maxsize=256)
def parse_text(source: str, name: str) -> tuple[Any, tuple[str, ...]]:
    """Return the template of a text and the names in it. Raises TextError for wrong syntax and unknown names."""
    source = source.replace(MARK_START, "").replace(MARK_END, "")
    try:
        tree = _tree(source)
        used = {node.name for node in tree.find_all(nodes.Name)}
        _require_known(used, name, source)
        template = _environment.from_string(tree)
    except _UNREADABLE as error:
        wrong = find_failing_braces(source, error, _tree)
        raise TextError(problems=[text_problem(f"花括号的写法不对；{_USABLE}", name, source, wrong)]) from None
    return template, tuple(sorted(used - {AUTOMATIC}))


def _require_known(used: set[str], name: str, source: str) -> None:
    """Raise TextError for the names in a text that are unknown."""
    known = {*tokens(), *FACTS, AUTOMATIC, SHARE}
    if strange := sorted(used - known):
        problems = [
            text_problem(f"没有“{word}”这个指标{nearest(word, known)}", name, source, find_braces(source, word))
            for word in strange[:MOST_NAMED]
        ]
        if more := len(strange[MOST_NAMED:]):
            problems.append(Problem(f"还有 {more} 个名字也不是指标，没有列出来：请先改好列出来的", name))
        raise TextError(problems=problems)


@lru_cache
def parse_built_in_texts() -> None:
    """Parse every built-in sentence: a process that forks one child a report calls it before the first."""
    sentences = [*(one for aspect in narrative().overview for one in aspect.sentences), *narrative().others]
    texts = [text for one in sentences for text in (one.text, one.zero) if text is not None]
    for text in (*texts, narrative().scope):
        parse_text(text, BUILT_IN)


def _tree(source: str) -> nodes.Template:
    """Return the syntax tree of a text. Raises TemplateSyntaxError, or an error of Python for unreadable braces."""
    tree = _environment.parse(source)
    for node in tree.find_all(nodes.Node):
        is_called = isinstance(node, nodes.Call) and not isinstance(node.node, nodes.Name)
        if is_called or not isinstance(node, _ALLOWED) or _is_of_python(node):
            raise TemplateSyntaxError("not in a text", node.lineno)
    return tree


def _is_of_python(node: nodes.Node) -> bool:
    """Return whether a node asks for a part of what is no figure, for an inner attribute, or prints what has no source."""
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        return isinstance(node.node, _LITERALS) or str(getattr(node, "attr", "")).startswith("_")
    printed = node.nodes if isinstance(node, nodes.Output) else ()
    return any(
        isinstance(one, (nodes.List, nodes.Tuple, nodes.Compare, nodes.Not, nodes.Test))
        or (isinstance(one, nodes.Const) and not isinstance(one.value, str))
        for one in printed
    )


_LITERALS = (nodes.Const, nodes.List, nodes.Tuple)
