"""A working folder: its offices, and the parameters of each report merged from its files."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from ..errors import NotFoundError, ParamsError, Problem, nearest
from ..yamlfile import (
    UnreadableYamlError,
    YamlDocument,
    document_of,
    numbers_for_text,
    parse_yaml,
    read_yaml,
    validate,
)
from .calendar_file import CALENDAR, CalendarBook, read_calendar
from .files import file_stamp
from .home import FOLDER
from .office_book import OfficeBook, OfficeEntry, ancestors, kept_for_book
from .offices import Office, Scope, office_kinds
from .output import ReportRef, report_ref
from .params_models import ReportParams

_EXPECTED = ("offices", "defaults", "calendar", "columns", "records")
"""Names of the files that params/ itself may have."""
_OFFERED = 5
"""How many offices are suggested for a part of a name."""


@dataclass(frozen=True)
class Project:
    """A working folder: its parameters and its offices."""

    home: Path
    book: Mapping[str, OfficeEntry]

    def report(self, code: str, year: int) -> ReportRef:
        """Return the reference to the report of an office for a year, whether or not the report exists."""
        return report_ref(self.home, code, year)

    def office(self, code: str, year: int) -> Office:
        """Return an office as it was at the end of a year. Raises NotFoundError with the nearest codes."""
        entry = self.book.get(code)
        if entry is None:
            raise NotFoundError(f"单位表里没有“{code}”{nearest(code, self.book)}（见 {FOLDER}/offices.yaml）")
        name = entry.name_on(date(year, 12, 31))
        if name is None:
            raise NotFoundError(f"“{code}”在 {year} 年底没有有效的名称（见 {FOLDER}/offices.yaml 的 names）")
        return self._office(code, name, year)

    def _office(self, code: str, name: str, year: int) -> Office:
        entry = self.book[code]
        kind = office_kinds()[entry.kind]
        may = kind.may_make_rules if entry.may_make_rules is None else entry.may_make_rules
        ended = entry.ended_on if entry.ended_on and entry.ended_on.year == year else None
        return Office(code, name, kind, entry.parent or "", may, entry.rolls_up or "", self._scope(code), ended)

    def _scope(self, code: str) -> Scope:
        if self.book[code].rolls_up:
            return "government"
        return "office" if code in self._summed else ""

    @cached_property
    def _summed(self) -> frozenset[str]:
        """The codes of the governments that have a rollup entry in the book."""
        return frozenset(entry.rolls_up for entry in self.book.values() if entry.rolls_up)

    def government(self, code: str, year: int) -> Office:
        """Return the rollup entry of a government, by its own code or the government's. Raises NotFoundError."""
        if self.office(code, year).rolls_up:
            return self.office(code, year)
        for other, entry in self.book.items():
            if entry.rolls_up == code:
                return self.office(other, year)
        raise NotFoundError(
            f"单位表里没有“{code}”的本级政府汇总：请在 {FOLDER}/offices.yaml 里加一条，如 {code}-all，写明 rolls_up: {code}"
        )

    def members(self, code: str, year: int) -> list[Office]:
        """Return the offices that a government's report is the sum of: its own body, then all below it by kind and code.

        code is that of the rollup entry; for any other office of the book the list is empty.
        """
        kinds, top = list(office_kinds()), self.book[code].rolls_up
        found = [office for office in self.offices(year) if self._belongs(office.code, code)]
        return sorted(found, key=lambda office: (office.code != top, kinds.index(office.kind.key), office.code))

    def closed_members(self, code: str, year: int) -> list[Office]:
        """Return the offices that belonged to a government within a year, but no longer existed at its end."""
        first, last = date(year, 1, 1), date(year, 12, 31)
        gone = (
            (other, [name for name in entry.names if name.since <= last and (name.until or last) >= first])
            for other, entry in self.book.items()
            if self._belongs(other, code) and entry.name_on(last) is None
        )
        return sorted(
            (self._office(other, names[-1].name, year) for other, names in gone if names),
            key=lambda office: office.code,
        )

    def _belongs(self, code: str, government: str) -> bool:
        top = self.book[government].rolls_up
        return self.book[code].rolls_up is None and top in (code, *ancestors(code, self.book))

    def offices(self, year: int) -> list[Office]:
        """Return the offices that existed at the end of a year, in the order of the book."""
        return list(_offices_of_year(self.book, year))

    def find(self, name: str) -> str:
        """Return the code of an office from its code or any of its names. Raises NotFoundError."""
        if name in self.book:
            return name
        bodies = {code: entry for code, entry in self.book.items() if not entry.rolls_up}
        names = {known.name: code for code, entry in bodies.items() for known in entry.names}
        if name in names:
            return names[name]
        within = [known for known in names if name and name in known][:_OFFERED]
        hint = f"；是不是“{'”“'.join(within)}”？请写全称或者代码" if within else nearest(name, [*self.book, *names])
        raise NotFoundError(f"单位表里没有“{name}”{hint}（见 {FOLDER}/offices.yaml）")

    def named(self, name: str) -> set[str]:
        """Return the codes of all entries of the office book that have or had a name: a government and its roll-up may share one."""
        return {code for code, entry in self.book.items() if name in {code, *(known.name for known in entry.names)}}

    def predecessors(self, code: str, year: int) -> list[str]:
        """Return the codes of the offices whose figures of the year before are compared with this one's.

        Itself, if it existed at the end of the year before, and the offices merged into it that existed then but no longer
        at the end of this year. A government is always compared with itself: its offices give its year before.
        """
        then, now = date(year - 1, 12, 31), date(year, 12, 31)
        gone = (other for other in self.book[code].predecessors if not self.book[other].name_on(now))
        return [other for other in (code, *gone) if self.book[other].name_on(then) or self.book[other].rolls_up]

    def name(self, code: str, year: int) -> str:
        """Return the name of an office at the end of a year; its last one if it had none then."""
        entry = self.book[code]
        return entry.name_on(date(year, 12, 31)) or entry.names[-1].name

    def mentions(self, code: str, text: str) -> tuple[str, ...]:
        """Return the names of other offices of the book, past names too, that occur in a text.

        Offices above and below this one are left out: a text may well name them.
        """
        related = {code, *ancestors(code, self.book)}
        own = {known.name for other in related for known in self.book[other].names}
        path = self.home / FOLDER / "offices.yaml"
        found = _names_in(text, _names_by_tail(path, file_stamp(path)))
        names = {name: other for name, other in found if not any(name in mine for mine in own)}
        government = self.book[code].rolls_up or code
        return tuple(
            sorted(name for name, other in names.items() if government not in (other, *ancestors(other, self.book)))
        )

    def names_of(self, codes: Iterable[str]) -> dict[str, list[str]]:
        """Return all names of offices, past ones too, by code."""
        return {code: [known.name for known in self.book[code].names] for code in codes}

    def years(self) -> list[int]:
        """Return every report year that has parameters, the earliest first."""
        folders = (self.home / FOLDER).iterdir()
        return sorted(int(path.name) for path in folders if path.is_dir() and _YEAR.fullmatch(path.name))

    def params(self, code: str, year: int, overrides: Mapping[str, Any] | None = None) -> ReportParams:
        """Return the parameters of one office's report. Raises ParamsError with every mistake in them."""
        documents, problems = self._documents(code, year, overrides)
        merged = _empty_sections(ReportParams)
        for document in documents:
            if isinstance(document.data, Mapping):
                merged = _merge(merged, document.data)
            else:
                problems.append(document.problem((), "应是“项目: 值”的写法"))
        places = {path: place for document in documents for path, place in document.places.items()}
        params, wrong = validate(TypeAdapter(ReportParams), _Chain("", merged, places, documents=documents))
        if problems or wrong:
            raise ParamsError(problems=[*problems, *wrong])
        return params  # type: ignore[no-any-return]

    def locator(self, code: str, year: int, overrides: Mapping[str, Any] | None = None) -> Callable[[Problem], Problem]:
        """Return what adds file, line and column to a problem of a text, which is named by its dotted path.

        It holds the files as they are now, so that it works in a process that cannot read them: only what is parameters, as
        a file may have been exchanged for a private one since they were read.
        """
        documents, _ = _read_all(self._files(code, year))
        texts = [(one.name, one.text) for one in documents if isinstance(one.data, Mapping)]
        return partial(_locate, texts, overrides)

    def calendar(self) -> CalendarBook:
        """Return the folder's additions to the calendar of working days. Raises ParamsError with every wrong line."""
        path = self.home / FOLDER / CALENDAR
        return read_calendar(path, _relative_name(self.home, path))

    def unused_files(self, year: int) -> list[Problem]:
        """Return a problem for every parameter file, of all years or of one, that is never read: its name is another.

        Also for those of the figures published the year before, and for a folder that is none of a year.
        """
        of_year = {"defaults", *(office.code for office in self.offices(year))}
        folder, known = self.home / FOLDER, {"defaults", *self.book}
        whys = [(path, _unused(path, _EXPECTED, _EXPECTED, "")) for path in _parameter_files(folder)]
        for path in _parameter_files(folder / str(year)):
            gone = f"单位表里“{_stem(path)}”在 {year} 年底没有有效的名称（看它的 since、until），"
            unknown = gone if _stem(path) in self.book else f"单位表里没有“{_stem(path)}”，"
            whys.append((path, _unused(path, of_year, known, unknown)))
        for path in _parameter_files(folder / "published" / str(year - 1)):
            whys.append((path, _unused(path, self.book, self.book, f"单位表里没有“{_stem(path)}”，")))
        odd = (path for path in folder.iterdir() if path.is_dir() and re.search(r"\d{4}", path.name.strip(".")))
        for path in sorted(odd):
            if not path.name.startswith(".") and not _YEAR.fullmatch(path.name):
                whys.append((path, f"这个文件夹不会被用到：一年的参数放在 {FOLDER}/{year} 这样的文件夹里"))
        return [Problem(why, _relative_name(self.home, path)) for path, why in whys if why]

    def _documents(
        self, code: str, year: int, overrides: Mapping[str, Any] | None
    ) -> tuple[list[YamlDocument], list[Problem]]:
        """Return the parameter documents of a report, the most specific last, and the problems of files that are not YAML."""
        documents, problems = _read_all(self._files(code, year))
        if overrides:
            try:
                given = document_of(overrides, "临时改动")
            except UnreadableYamlError as error:
                return documents, [*problems, error.problem]
            wrong = numbers_for_text(TypeAdapter(ReportParams), overrides)
            problems += [given.problem(path, message) for path, message in wrong]
            documents.append(given)
        return documents, problems

    def _files(self, code: str, year: int) -> list[tuple[Path, str]]:
        folder = self.home / FOLDER
        paths = (folder / "defaults.yaml", folder / f"{year}/defaults.yaml", folder / f"{year}/{code}.yaml")
        return [(path, _relative_name(self.home, path)) for path in paths if path.is_file()]


def _parameter_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are meant as parameters: ju.yaml, and what editors and systems make of it."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if not path.name.startswith(".") and _MEANT.search(path.name))


def _unused(path: Path, used: Collection[str], known: Iterable[str], why: str) -> str:
    """Return why a file is not read; empty if it is. known are the names that may have been meant."""
    stem = _stem(path).lower()
    if stem not in used:
        return f"{why}{_UNUSED}{nearest(stem, known)}"
    read = path.with_name(f"{stem}.yaml")
    same = path.name == read.name or (read.exists() and read.samefile(path))  # a system that takes JU and ju for one
    return "" if same else f"{_UNUSED}：只读 {read.name}（小写，.yaml 结尾）"


def _stem(path: Path) -> str:
    return path.name[: found.start()] if (found := _MEANT.search(path.name)) else path.stem


_UNUSED = "这个文件不会被用到"
_YEAR = re.compile(r"\d{4}", re.ASCII)
_MEANT = re.compile(r"\.ya?ml(?:\.txt)?$", re.IGNORECASE)


@kept_for_book
def _offices_of_year(book: Mapping[str, OfficeEntry], year: int) -> tuple[Office, ...]:
    project, day = Project(Path(), book), date(year, 12, 31)
    return tuple(project.office(code, year) for code, entry in book.items() if entry.name_on(day))


def require_readable(home: Path, paths: Iterable[Path]) -> None:
    """Raise ParamsError with every problem of parameter files that are not YAML as accepted here; values are not judged."""
    _, problems = _read_all((path, _relative_name(home, path)) for path in paths)
    if problems:
        raise ParamsError(problems=problems)


def _locate(texts: Iterable[tuple[str, str]], overrides: Mapping[str, Any] | None, problem: Problem) -> Problem:
    """Return a problem of a text with its place in the most specific of these files that has the text."""
    path = tuple(problem.file.split("."))
    documents: list[YamlDocument] = []
    with suppress(UnreadableYamlError):
        documents += [document_of(overrides, "临时改动")] if overrides else []
    for name, text in reversed(list(texts)):
        with suppress(UnreadableYamlError):
            documents.append(parse_yaml(text, name))
    for document in documents:
        if path in document.places:
            line, column = document.find(path, problem.value or "", problem.line or 1)
            return replace(problem, file=document.name, line=line, column=column)
    return problem


def open_project(home: Path) -> Project:
    """Return the project of a working folder. Raises NotFoundError, or ParamsError with every mistake in offices.yaml."""
    require_readable_name(home)
    path = home / FOLDER / "offices.yaml"
    if not path.is_file():
        raise NotFoundError(f"{home.name} 里没有 {FOLDER}/offices.yaml；新建工作目录请用 gktools init")
    return Project(home, _read_book(path, file_stamp(path)))


def require_readable_name(home: Path) -> None:
    """Raise ParamsError if the path of a working folder has bytes that are no text: notebooks hold it as text."""
    try:
        str(home.absolute()).encode()
    except UnicodeEncodeError:
        raise ParamsError("工作目录的路径里有不成文字的字节（不是 UTF-8），做不了报告：请先给目录改名") from None


@lru_cache(maxsize=4)
def _read_book(path: Path, _: object) -> Mapping[str, OfficeEntry]:
    """Return the offices of the book, cached until the file changes."""
    try:
        document = read_yaml(path, f"{FOLDER}/{path.name}")
    except UnreadableYamlError as error:
        raise ParamsError(problems=[error.problem]) from None
    book, problems = validate(TypeAdapter(OfficeBook), document)
    if problems:
        raise ParamsError(problems=problems)
    offices: Mapping[str, OfficeEntry] = book.offices
    return offices


_TAIL = 4
"""How many last characters of a name are its key."""


@lru_cache(maxsize=4)
def _names_by_tail(path: Path, stamp: object) -> dict[str, list[tuple[str, str]]]:
    """Return every name of the book, past names too, with its office's code, by its last characters."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, entry in _read_book(path, stamp).items():
        for known in entry.names:
            found.setdefault(known.name[-_TAIL:], []).append((known.name, code))
    return found


def _names_in(text: str, by_tail: Mapping[str, list[tuple[str, str]]]) -> set[tuple[str, str]]:
    return {
        (name, code)
        for end in range(2, len(text) + 1)
        for name, code in by_tail.get(text[max(0, end - _TAIL) : end], ())
        if text.endswith(name, 0, end)
    }


@dataclass(frozen=True)
class _Chain(YamlDocument):
    """Merged data with the documents it came from: a problem is placed in the most specific one."""

    documents: list[YamlDocument] = field(default_factory=list)

    def problem(self, path: Any, message: str, value: str | None = None) -> Problem:
        """Return a problem at the place of a value, in the most specific document that has it."""
        for document in reversed(self.documents):
            if tuple(path) in document.places:
                return document.problem(path, message, value)
        name = self.documents[-1].name if self.documents else ""
        return Problem(message, name, value=value if path else None)


@lru_cache
def _empty_sections(model: type[BaseModel]) -> dict[str, Any]:
    """Return the sections of a model, each empty, as a file may leave them."""
    inner = {name: field.annotation for name, field in model.model_fields.items()}
    return {
        name: _empty_sections(kind)
        for name, kind in inner.items()
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    }


def _read_all(files: Iterable[tuple[Path, str]]) -> tuple[list[YamlDocument], list[Problem]]:
    documents, problems = [], []
    for path, name in files:
        try:
            documents.append(read_yaml(path, name))
        except UnreadableYamlError as error:
            problems.append(error.problem)
    return documents, problems


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        section = isinstance(merged.get(key), Mapping)
        if section and value is None:  # a section with nothing but comments
            continue
        merged[key] = _merge(merged[key], value) if section and isinstance(value, Mapping) else value
    return merged


def _relative_name(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix()
