"""Questions: input that has two readings with different figures; a person answers, the program never guesses.

questions.yaml has every kind of question: what is unclear, the answers with their effects on the figures, and where the
answer is stored. docs/questions.md lists them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from ..errors import GktoolsError, NotFoundError, nearest, visible
from ..yamlfile import read_data

KeptIn = Literal["columns", "parameters", "import", "records", "cell"]
"""Where an answer is stored: params/columns.yaml, the office's parameters, the import, params/records.yaml, a cell."""


@dataclass(frozen=True)
class Answer:
    """One answer: its key, its label, its effect on the figures, and the line or option that gives it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    label: str
    effect: str
    ready: str = ""


@dataclass(frozen=True)
class QuestionKind:
    """One kind of question; its texts are templates with named fields.

    each is the template of one answer for every value found, kept is where the answer is stored.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: str
    about: str
    asks: str
    kept: KeptIn
    subject: str
    answers: tuple[Answer, ...] = ()
    each: Answer | None = None
    ready: str = ""


@dataclass(frozen=True)
class _Registry:
    """The content of questions.yaml: the texts common to all questions, and the kinds of questions."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kept: dict[KeptIn, str]
    recorded: str
    recorded_by: str
    questions: tuple[QuestionKind, ...]


@dataclass(frozen=True)
class QuestionPlace:
    """The place of a question: file, sheet, rows (from 1), heading of the column, and index of the column (from 0)."""

    file: str = ""
    sheet: str = ""
    rows: tuple[int, ...] = ()
    column: str = ""
    index: int | None = None


@dataclass(frozen=True)
class Question:
    """An open decision that affects the figures; code and subject identify it in every run."""

    code: str
    subject: str
    place: QuestionPlace
    text: str
    answers: tuple[Answer, ...]
    kept: KeptIn
    section: str = ""

    @classmethod
    def of(
        cls,
        code: str,
        subject: str,
        place: QuestionPlace,
        values: Mapping[str, object] | None = None,
        choices: Sequence[Answer] = (),
    ) -> Question:
        """Return the question of a kind about a subject; values fill its texts, choices precede the kind's answers.

        subject must not be personal: it is printed, and stored with the answer.
        """
        kind = kinds()[code]
        known = {"subject": subject, **(values or {})}
        answers = tuple(_filled(kind, answer, known) for answer in (*choices, *kind.answers))
        return cls(
            code, subject, place, visible(kind.asks.format(**known)), answers, kind.kept, str(known.get("section", ""))
        )

    def answer(self, key: str) -> Answer | None:
        """Return the answer with that key; None if the question has none."""
        return next((answer for answer in self.answers if answer.key == key), None)

    @property
    def message(self) -> str:
        """The question without its place, as text: each answer with the line or option that gives it."""
        lines = (f"{i}. {a.label}：{a.effect}\n     {_indented(a.ready)}" for i, a in enumerate(self.answers, 1))
        return "\n  ".join([f"{self.text}[{self.code}]", *lines, _registry().kept[self.kept]])

    @property
    def where(self) -> str:
        """The place: file, sheet, rows and column, as far as known."""
        rows = "、".join(map(str, self.place.rows[:_LISTED])) + ("……" if len(self.place.rows) > _LISTED else "")
        parts = (
            self.place.file,
            self.place.sheet and f"工作表“{self.place.sheet}”",
            rows and f"第 {rows} 行",
            self.place.column and f"“{self.place.column}”列",
        )
        return " ".join(part for part in parts if part)

    def __str__(self) -> str:
        return f"{self.where}：{self.message}" if self.where else self.message

    def to_json(self) -> dict[str, object]:
        """Return the question as data for JSON."""
        place = {
            "file": self.place.file,
            "sheet": self.place.sheet,
            "rows": list(self.place.rows),
            "column": self.place.column,
        }
        answers = [{"key": a.key, "label": a.label, "effect": a.effect, "ready": a.ready} for a in self.answers]
        return {
            "code": self.code, "subject": self.subject, "place": place, "text": self.text, "answers": answers,
            "kept": self.kept, "section": self.section,
        }  # fmt: skip


_LISTED = 20
"""The maximum number of rows listed in one question."""


def _filled(kind: QuestionKind, answer: Answer, values: Mapping[str, object]) -> Answer:
    known = {**values, "key": answer.key}
    label, effect = answer.label.format(**known), answer.effect.format(**known)
    if kind.kept == "import" and not (answer.ready or kind.ready):
        return Answer(answer.key, label, effect, option(kind.code, str(values["subject"]), answer.key))
    ready = (answer.ready or kind.ready).format(**{**known, "label": label})
    return Answer(answer.key, label, effect, ready)


def option(code: str, subject: str, key: str) -> str:
    """Return the command-line option that gives an answer, quoted for a shell if necessary."""
    said = f"{code}:{subject}={key}"
    return f'--answer "{said}"' if set(said) & set(" 　()（）&;<>|*?$!'`") else f"--answer {said}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n     ")


@lru_cache
def _registry() -> _Registry:
    found: _Registry = read_data(Path(__file__).with_name("questions.yaml"), _Registry)
    return found


@lru_cache
def kinds() -> dict[str, QuestionKind]:
    """Return every kind of question by its code."""
    return {kind.code: kind for kind in _registry().questions}


def each(code: str, found: Iterable[Mapping[str, object]]) -> tuple[Answer, ...]:
    """Return one answer of a kind for every mapping of values, its texts filled from them."""
    pattern = kinds()[code].each
    if pattern is None:
        return ()
    fields = (pattern.key, pattern.label, pattern.effect, pattern.ready)
    return tuple(Answer(*(text.format(**values) for text in fields)) for values in found)


def where_kept(kept: KeptIn) -> str:
    """Return the sentence that explains how answers stored there are given."""
    return _registry().kept[kept]


# --- answers given ----------


@dataclass(frozen=True)
class Answers:
    """The answers given with an import by code and subject, the person who gave them, and the reason."""

    given: Mapping[tuple[str, str], str] = field(default_factory=dict)
    person: str = ""
    reason: str = ""

    @classmethod
    def parse(cls, options: Iterable[str], person: str = "", reason: str = "") -> Answers:
        """Return the answers in options CODE:SUBJECT=KEY. Raises GktoolsError for malformed or contradictory ones.

        Raises NotFoundError for an unknown code.
        """
        given: dict[tuple[str, str], str] = {}
        for text in options:
            code, colon, rest = text.partition(":")
            subject, equals, key = rest.rpartition("=")
            if not (colon and equals and key.strip()):
                raise GktoolsError(f"--answer 写得不对：“{text}”；应写成 问题:对象=答案，照提问时给出的那一行写")
            kind = _kind(code.strip())
            if kind.kept != "import":
                raise GktoolsError(f"--answer 不能回答 {kind.code}：{_registry().kept[kind.kept]}")
            at = (kind.code, subject.strip())
            if given.setdefault(at, key.strip()) != key.strip():
                raise GktoolsError(f"--answer 对 {kind.code}:{subject.strip()} 给了两个不同的答案，请只写一个")
        return cls(given, person, reason)


def _kind(code: str) -> QuestionKind:
    try:
        return kinds()[code]
    except KeyError:
        raise NotFoundError(f"--answer 里没有“{code}”这个问题{nearest(code, kinds())}") from None


class Inquiry:
    """The questions of one file as it is read, answered and open, each once."""

    def __init__(self, answers: Answers | None = None) -> None:
        self._answers = answers or Answers()
        self._open: dict[tuple[str, str], Question] = {}
        self._answered: dict[tuple[str, str], tuple[Question, Answer]] = {}

    def ask(self, question: Question) -> str | None:
        """Return the key of the answer given to a question; None, and the question is open, if there is none."""
        at = (question.code, question.subject)
        found = question.answer(self._answers.given.get(at, ""))
        if found:
            self._answered.setdefault(at, (question, found))
            return found.key
        asked = self._open.setdefault(at, question)
        if asked is not question:
            rows = tuple(dict.fromkeys((*asked.place.rows, *question.place.rows)))
            self._open[at] = replace(asked, place=replace(asked.place, rows=rows))
        return None

    def answer_to(self, question: Question) -> str | None:
        """Return the key of the answer given to a question; None, without opening the question, if there is none."""
        known = question.answer(self._answers.given.get((question.code, question.subject), ""))
        return self.ask(question) if known else None

    def given(self, code: str, subject: str) -> str | None:
        """Return the key of the answer given for a code and subject; None if there is none of that kind."""
        key = self._answers.given.get((code, subject))
        return key if key in {answer.key for answer in kinds()[code].answers} else None

    @property
    def open(self) -> tuple[Question, ...]:
        """The questions without an answer."""
        return tuple(self._open.values())

    @property
    def used(self) -> frozenset[tuple[str, str]]:
        """The code and subject of the answers that answered a question."""
        return frozenset(self._answered)

    def sheets_of(self, codes: Collection[str]) -> frozenset[str]:
        """Return the sheets that the questions of some kinds are about, open and answered."""
        asked = (*self._open.values(), *(question for question, _ in self._answered.values()))
        return frozenset(question.place.sheet for question in asked if question.code in codes)

    def recorded(self) -> list[tuple[QuestionPlace, str]]:
        """Return the place and the text, with person and reason, to be stored for every answer used."""
        by = (self._answers.person, self._answers.reason)
        who = _registry().recorded_by.format(by="，".join(part for part in by if part)) if any(by) else ""
        return [
            (question.place, _registry().recorded.format(text=question.text, label=answer.label, by=who))
            for question, answer in self._answered.values()
        ]
