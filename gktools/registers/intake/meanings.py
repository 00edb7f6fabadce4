"""Words in their rows: another cell may decide a word's meaning, contradict it, or raise a question about the row.

One warning for each column lists the words read as values. Questions: words with several meanings, values that another
cell contradicts, terms of years, and likely personal data in other columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from ...errors import Problem
from ..dispositions import rows_of_articles
from ..person_numbers import personal_number
from ..questions import Answer, Inquiry, Question, QuestionPlace
from ..schema import Field, Register, fold_number
from ..sheet import MatchedWord
from ..word_warnings import format_hidden_words, format_word_values
from ..words import (
    EMPTY,
    KEEP,
    LEAVE_OUT,
    ORDINAL,
    THIS_YEAR,
    YEARS_BEFORE,
    Ask,
    Beside,
    Contradiction,
    bare,
    book,
    kept_value,
    label_of,
    looks_personal,
    may_be_personal,
    rules_of,
)
from .columns import AmbiguousWord, Column, WordValue, Wrong, YearsTerm
from .conditions import is_filled, matched, word_said, year_said
from .own_words import written_line
from .places import Where
from .remarks import told_remarks
from .revisions import LATER, later_editions
from .values import LEFT_OUT, Unclear

_ANSWERED = frozenset({"replied_on", "posted_on", "signed_on", "sent_on", "delivered_on"})
_OFTEN = 3
"""A topic in at least this many rows is not treated as a name."""


@dataclass(frozen=True)
class RegisterTable:
    """The records of a sheet while their words are resolved.

    beside has the texts of the columns read for conditions only, by key.
    """

    where: Where
    register: Register
    office: str
    year: int
    lines: Sequence[int]
    columns: dict[str, Column]
    beside: Mapping[str, Sequence[str]]

    def of(self, key: str) -> Sequence[Any]:
        """Return the values of a column, or the texts of one read for conditions only; Nones if it is missing."""
        if key in self.beside:
            return self.beside[key]
        return self.columns[key].values if key in self.columns else (None,) * len(self.lines)

    def texts(self, key: str) -> list[str]:
        """Return the texts of a column, empty where there is none."""
        return [cell if isinstance(cell, str) else "" for cell in self.of(key)]

    def column(self, key: str) -> Column:
        """Return a column of the table; a missing one is added, empty."""
        if key not in self.columns:
            self.columns[key] = Column(-1, self.register[key], False)
            self.columns[key].values = [None] * len(self.lines)
        return self.columns[key]

    def place(self, places: Sequence[int], key: str) -> QuestionPlace:
        """Return the place of some records, for a question about one of their columns."""
        index = self.columns[key].place if key in self.columns else -1
        lines = tuple(self.lines[i] for i in places)
        return QuestionPlace(
            self.where.file, self.where.sheet, lines, self.register[key].heading, index if index >= 0 else None
        )

    def warning(self, message: str, places: Sequence[int], key: str) -> Problem:
        """Return a warning about some records."""
        column = self.columns[key].place if key in self.columns else 0
        return self.where.several(message, [self.lines[i] for i in places], self.register[key].heading, max(column, 0))


@dataclass
class ResolvedWords:
    """The result of resolving words: the indices of rows with open questions and of rows left out, the warnings, the words."""

    asked: set[int] = field(default_factory=set)
    left_out: set[int] = field(default_factory=set)
    warnings: list[Problem] = field(default_factory=list)
    words: list[MatchedWord] = field(default_factory=list)


def resolve_words(table: RegisterTable, inquiry: Inquiry) -> ResolvedWords:
    """Replace every word of a table by its value where it is certain, and ask about the rest; return the result."""
    if table.register.key == "documents":
        later = {LATER: later_editions(table.of("title"), table.of("published_on"))}
        table = replace(table, beside={**table.beside, **later})
    return _Settling(table, inquiry).run()


class _Settling:
    def __init__(self, table: RegisterTable, inquiry: Inquiry) -> None:
        self._table, self._inquiry, self._found = table, inquiry, ResolvedWords()

    def run(self) -> ResolvedWords:
        table, columns = self._table, [c for c in self._table.columns.values() if c.has_words]
        for column in columns:
            self._leave_out_own(column)
            self._several(column)
            self._terms(column)
            if column.field.type == "disposition":
                self._articles(column)
        for rule in rules_of(table.register.key):
            self._rule(rule)
        for column in table.columns.values():
            self._own(column)
        for column in columns:
            self._taken(column)
        remarks = {key: table.texts(key) for key in (*book().notes.remarks, ORDINAL)}
        self._found.warnings += told_remarks(table.where, table.register.key, table.lines, remarks)
        self._persons()
        if table.register.key == "decisions" and "number" in table.columns:
            self._numbers(table.columns["number"])
        return self._found

    def _ask(self, question: Question, places: Sequence[int]) -> str | None:
        key = self._inquiry.ask(question)
        if key is None:
            self._found.asked |= set(places)
        return key

    # --- words of several meanings

    def _several(self, column: Column) -> None:
        by_word: dict[int, list[int]] = {}
        for i, value in enumerate(column.values):
            if type(value) is AmbiguousWord and not self._decided(column, i, value):
                by_word.setdefault(id(value.ask), []).append(i)
        for places in by_word.values():
            by_text: dict[str, list[int]] = {}
            for i in places:
                by_text.setdefault(column.values[i].meant.word, []).append(i)
            for several in by_text.values():
                self._ask_word(column, column.values[several[0]], several)

    def _decided(self, column: Column, i: int, word: AmbiguousWord) -> bool:
        """Return whether another cell decides the meaning, which is then stored."""
        ask = word.ask
        if ask.unless and is_filled(self._table.of(ask.unless)[i]):
            column.values[i] = WordValue(word.meant, kept_value(column.field, ask.takes))
            return True
        if ask.same_as and (value := self._of_record(column, self._table.of(ask.same_as)[i])) in ask.answers:
            column.values[i] = WordValue(word.meant, value)
            return True
        if column.field.type == "disposition":
            rows = rows_of_articles(str(self._table.of("articles")[i] or ""))
            if len(rows) == 1:
                column.values[i] = WordValue(word.meant, rows[0])
                return True
        return False

    def _of_record(self, column: Column, number: Any) -> Any:
        """Return the value in a column of the one record of a number; None if there is none, or it is not sure."""
        numbers, wanted = self._table.of(self._table.register.identity[0]), fold_number(str(number or ""))
        found = [j for j, one in enumerate(numbers) if wanted and isinstance(one, str) and fold_number(one) == wanted]
        value = _kept(column.values[found[0]]) if len(found) == 1 else None
        return value if isinstance(value, str) else None

    def _ask_word(self, column: Column, word: AmbiguousWord, places: list[int]) -> None:
        known, table, ask = column.field, self._table, word.ask
        name = f"{known.heading}={word.meant.word}"
        section = table.register.label if ask.scope == "district" else f"{table.office}/{table.register.label}"
        choices = [
            Answer(value, label_of(known, value), effect, written_line(name, label_of(known, value)))
            for value, effect in ask.answers.items()
        ]
        choices += [Answer(f"otherwise{i}", said, do, do) for i, (said, do) in enumerate(ask.otherwise.items(), 1)]
        subject = name if ask.scope == "district" else f"{table.office}/{name}"
        values = {"word": word.meant.word, "cells": len(places), "asks": ask.asks, "section": section}
        self._ask(Question.of("word.meaning", subject, table.place(places, known.key), values, choices), places)

    def _articles(self, column: Column) -> None:
        """Use the articles of a row for a word with several meanings; ask if they contradict a certain one."""
        for i, value in enumerate(column.values):
            rows = rows_of_articles(str(self._table.of("articles")[i] or "")) if type(value) is WordValue else ()
            if len(rows) == 1 and isinstance(value.meant.what, Ask):
                column.values[i] = WordValue(value.meant, rows[0])
            elif rows and _kept(value) not in rows:
                self._ask_row("articles", book().articles, column, [i], (KEEP, *rows))

    # --- rows whose other cells say otherwise

    def _rule(self, rule: Contradiction) -> None:
        table, (_, key) = self._table, rule.place
        may_be_empty = EMPTY in rule.values or (rule.besides and EMPTY not in rule.besides)
        if key not in table.columns and not may_be_empty:
            return
        if any(c.like or c.unlike or c.parts for c in rule.any) and not any(
            c.beside in (*table.beside, *table.columns) for c in rule.any
        ):
            return
        values = table.of(key)
        if rule.values and not (key in table.columns and table.columns[key].has_words):
            wanted = () if rule.said or rule.words_only else {None if v == EMPTY else v for v in rule.values}
            concerned = [i for i, value in enumerate(values) if value in wanted]
        else:
            concerned = [i for i, value in enumerate(values) if _concerns(rule, value)]
        any_, all_ = ([self._test(c) for c in conditions] for conditions in (rule.any, rule.all))
        places = [i for i in concerned if any(test(i) for test in any_) and all(test(i) for test in all_)]
        places = self._by_year(rule, places)
        asks = f"{rule.asks}（{rule.otherwise}）" if rule.otherwise else rule.asks
        if rule.by_word:
            self._ask_words(rule, asks, places)
            return
        for several in [places] if rule.once else [[i] for i in places]:
            if several:
                self._ask_row(rule.code, asks, table.column(key), several, rule.answers)

    def _ask_words(self, rule: Contradiction, asks: str, places: list[int]) -> None:
        """Ask once about the rows with one word, which is shown if it can be no person's."""
        table, by_word = self._table, dict[str, list[int]]()
        for i in places:
            words = (word_said(condition, table.of(condition.beside)[i]) for condition in rule.any)
            by_word.setdefault(next(filter(None, words), ""), []).append(i)
        if 0 < rule.most_words < len(by_word):
            by_word = {"": places}
        for word, several in by_word.items():
            self._ask_row(rule.code, asks, table.column(rule.place[1]), several, rule.answers, word)

    def _by_year(self, rule: Contradiction, places: list[int]) -> list[int]:
        """Store the last day of the year stated in a row, beside the word; return the rows that state none."""
        years = {i: int(said) for i in places if rule.year_in and (said := self._year(rule, i))}
        for i, year in years.items():
            self._table.column(rule.place[1]).values[i] = date(year, 12, 31)
        if years:
            self._found.warnings.append(self._table.warning(book().year_only, list(years), rule.place[1]))
        return [i for i in places if i not in years]

    def _year(self, rule: Contradiction, i: int) -> str:
        """Return the year that the column of a rule states, or one of its words in another column; empty if none does."""
        found = _A_YEAR.search(str(self._table.of(rule.year_in)[i] or ""))
        texts = ((condition, self._table.of(condition.beside)[i]) for condition in rule.any)
        years = (year_said(condition, text) for condition, text in texts if isinstance(text, str))
        return found[1] if found else next(filter(None, years), "")

    def _test(self, condition: Beside) -> Callable[[int], bool]:
        cells, year = self._table.of(condition.beside), self._table.year
        if condition.in_year:
            return lambda i: isinstance(cells[i], date) and cells[i].year == year
        return partial(_holds, condition, {bare(word) for word in condition.said}, cells)

    def _ask_row(
        self,
        code: str,
        asks: str,
        column: Column,
        places: list[int],
        answers: Mapping[str, str] | Sequence[str],
        word: str | None = None,
    ) -> None:
        known, table = column.field, self._table
        effects = answers if isinstance(answers, Mapping) else dict.fromkeys(answers, "")
        first = column.values[places[0]]
        now = _kept(first) if isinstance(_kept(first), str) and known.type != "text" else EMPTY
        choices = [Answer(key, _called(known, now, key), effect or book().counted) for key, effect in effects.items()]
        whose = f"{table.office}/{table.year}" if code in book().once or word is not None else self._name(places[0])
        whose = f"{whose}/{word}" if word else whose
        values = {"asks": asks, "value": word or (known.heading if known.type == "text" else label_of(known, now))}
        question = Question.of("row.meaning", f"{code}/{whose}", table.place(places, known.key), values, choices)
        answer = self._ask(question, places)
        for i in places if answer else ():
            self._put(column, i, str(answer))

    def _put(self, column: Column, i: int, answer: str) -> None:
        if answer == LEAVE_OUT:
            self._found.left_out.add(i)
        elif answer in (THIS_YEAR, YEARS_BEFORE):
            column.values[i] = date(self._table.year - (answer == YEARS_BEFORE), 12, 31)
        elif answer != KEEP:
            column.values[i] = kept_value(column.field, answer)
            if answer == EMPTY and column.field.type == "disposition":
                for key in _ANSWERED & self._table.columns.keys():
                    self._table.columns[key].values[i] = None  # what was written there finished nothing

    def _name(self, i: int) -> str:
        """Return the name of a record in questions: its number, or its row if the number may be personal."""
        table = self._table
        number = table.of(table.register.identity[0])[i] if table.register.identity else None
        whose = f"{table.office}/{table.year}"
        if isinstance(number, str) and number and not looks_personal(number):
            return f"{whose}/{number}"
        return f"{whose}/{table.where.sheet}第{table.lines[i]}行"

    # --- warnings

    def _taken(self, column: Column) -> None:
        by_word: dict[tuple[str, Any], list[int]] = {}
        for i, value in enumerate(column.values):
            if type(value) is WordValue:
                by_word.setdefault((value.meant.word, value.value), []).append(i)
                column.values[i] = value.value
        if not by_word:
            return
        said = {(word, label_of(column.field, _named(value))): len(places) for (word, value), places in by_word.items()}
        own = {one.word for one in column.own_words}
        self._found.words += [
            MatchedWord(column.field.key, word, label, cells)
            for (word, label), cells in said.items()
            if word not in own
        ]
        said = {at: cells for at, cells in said.items() if at[0] not in own}
        if not said:
            return
        places = sorted(i for several in by_word.values() for i in several)
        message = f"{format_word_values(said)}{book().taken}"
        place = max(column.place, 0)
        self._found.warnings.append(
            self._table.where.problem(message, self._table.lines[places[0]], column.field.heading, place=place)
        )

    def _own(self, column: Column) -> None:
        """Say which words of the office stood for what, and in how many cells: that is kept with the import."""
        words, known = column.own_words, column.field
        self._found.words += words
        if not words:
            return
        cells = sum(one.cells for one in words)
        said = format_word_values({(one.word, one.value): one.cells for one in words})
        message = format_hidden_words(cells) if known.personal or known.confidential else said + book().own
        place = self._table.where.problem(message, None, known.heading, place=max(column.place, 0))
        self._found.warnings.append(place)

    def _leave_out_own(self, column: Column) -> None:
        places = [i for i, value in enumerate(column.values) if value is LEFT_OUT]
        for i in places:
            column.values[i] = None
        if places:
            self._found.left_out |= set(places)
            self._found.warnings.append(self._table.warning(book().left_out, places, column.field.key))

    # --- terms, persons, numbers

    def _terms(self, column: Column) -> None:
        places = [i for i, value in enumerate(column.values) if type(value) is YearsTerm]
        if not places:
            return
        table = self._table
        subject = f"{table.office}/{table.year}/{column.field.heading}"
        answer = self._ask(Question.of("term.from", subject, table.place(places, column.field.key)), places)
        for i in places if answer else ():
            begins = table.of(str(answer))[i]
            column.values[i] = _end(begins, column.values[i].years) if isinstance(begins, date) else None
            if not isinstance(begins, date):
                self._found.warnings.append(table.warning(book().no_beginning, [i], column.field.key))

    def _persons(self) -> None:
        """Ask about what is personal in the columns of texts: in those of numbers and organs names too, in others numbers."""
        named, register = book().shapes.asked, self._table.register
        for known in register.kept:
            if known.key not in self._table.columns or known.type != "text":
                continue
            column = self._table.columns[known.key]
            texts = [value for value in set(column.values) if isinstance(value, str)]
            looks = {text: kind for text in texts if (kind := personal_number(text))}
            if f"{register.key}.{known.key}" in named:
                looks |= {text: shape for text in texts if may_be_personal(text) and (shape := looks_personal(text))}
            self._persons_in(column, looks)

    def _persons_in(self, column: Column, looks: Mapping[str, str]) -> None:
        known, table = column.field, self._table
        found = [i for i, value in enumerate(column.values) if value in looks] if looks else []
        if known.key == "topic":
            often = {value for value in looks if sum(column.values[i] == value for i in found) >= _OFTEN}
            found = [i for i in found if column.values[i] not in often]
        if not found:
            return
        shapes = "、".join(dict.fromkeys(looks[column.values[i]] for i in found))
        choices = [Answer(KEEP, *book().keep_person)]
        choices += [] if known.required else [Answer(EMPTY, *book().drop_person)]
        subject = f"{table.office}/{table.year}/{known.heading}"
        values = {"shapes": shapes, "heading": known.heading}
        if (
            self._ask(Question.of("personal.typed", subject, table.place(found, known.key), values, choices), found)
            == EMPTY
        ):
            for i in found:
                column.values[i] = None

    def _numbers(self, column: Column) -> None:
        """Ask about a number that occurs in several rows."""
        table, kinds = self._table, self._table.of("kind")
        seen: dict[tuple[str, Any], int] = {}
        for i, value in enumerate(column.values):
            if not isinstance(value, str) or not value or not isinstance(kinds[i], str | None):
                continue
            first = seen.setdefault((fold_number(value), _named(kinds[i])), i)
            if first != i and _differ(table, first, i):
                values = {"first": table.lines[first]}
                subject = f"{self._name(i)}/{table.lines[i]}"
                answer = self._ask(Question.of("number.shared", subject, table.place([i], "number"), values), [i])
                if answer == "one":
                    self._found.left_out.add(i)


def _differ(table: RegisterTable, first: int, other: int) -> bool:
    return "party" in table.columns and table.of("party")[first] != table.of("party")[other]


_A_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")


def _concerns(rule: Contradiction, value: Any) -> bool:
    word = value.meant.word if type(value) is WordValue else ""
    if type(value) in (Wrong, Unclear, AmbiguousWord, YearsTerm) or value is LEFT_OUT or (rule.words_only and not word):
        return False
    if rule.said and word not in rule.said:
        return False
    kept = _named(_kept(value))
    return kept in rule.values if rule.values else kept not in rule.besides


def _called(known: Field, now: str, key: str) -> str:
    """Return the label of an answer that keeps or replaces a value."""
    if key == KEEP:
        return book().called[KEEP] if now == EMPTY else f"{book().called[KEEP]}（{label_of(known, now)}）"
    return book().called.get(key) or label_of(known, key)


def _kept(value: Any) -> Any:
    return value.value if type(value) is WordValue else value


def _named(value: Any) -> str:
    """Return a stored value as named in words.yaml."""
    if value is None or value == "":
        return EMPTY
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(condition: Beside, said: set[str], cells: Sequence[Any], i: int) -> bool:
    cell = cells[i]
    if condition.filled is not None:
        return is_filled(cell) == condition.filled
    if said:
        return type(cell) in (WordValue, AmbiguousWord) and bare(cell.meant.word) in said
    text = str(cell) if type(cell) is int else cell
    return isinstance(text, str) and matched(condition, text) is not None


def _end(begins: date, years: int) -> date:
    """Return the last day of a term of years that begins on a day."""
    try:
        return begins.replace(year=begins.year + years) - timedelta(days=1)
    except ValueError:
        return date(begins.year + years, 2, 28)
