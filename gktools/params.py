"""The parameters of a report: defaults, the year's, the office's, and what is changed for one run.

Each file may say any part; what a nearer file says holds. Everything wrong is found before anything runs, and
said with file, line and column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from .errors import NotFoundError, ParamsError, Problem, nearest
from .formats import formats
from .offices import Office, office_kinds
from .yamlfile import Document, UnreadableYamlError, explain_error, read_yaml, validate

CODE = re.compile(r"[a-z0-9][a-z0-9-]*")
FOLDER = "params"
Text = Annotated[str, Field(max_length=20_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False)


_Value = TypeVar("_Value")


class _Wrong(NamedTuple):
    path: tuple[str, ...]
    message: str


def _unless(wrong: list[_Wrong], value: _Value) -> _Value:
    """The value, unless something below it is wrong; each is told at its own place."""
    if not wrong:
        return value
    details = [
        InitErrorDetails(type=PydanticCustomError("value_error", "{error}", {"error": message}), loc=path, input=None)
        for path, message in wrong
    ]
    raise ValidationError.from_exception_data("params", details)


class Contact(_Model):
    """联系方式：作为文字写进开头段。"""

    address: str | None = Field(None, title="地址")
    postcode: str | None = Field(None, title="邮编")
    phone: str | None = Field(None, title="电话")
    email: str | None = Field(None, title="电子邮箱")
    website: str | None = Field(None, title="电子版所在网站", description="只作文字，不做链接")


class Passage(_Model):
    """总体情况的一个方面。"""

    heading: str | None = Field(None, title="小标题", description="不写用默认的；写空文字则不要小标题")
    text: Text | None = Field(None, title="正文", description="写了就用这里的；要保留自动写的句子，在其中写 {{ 自动语句 }}")
    omit: StrictBool = Field(False, title="不写这一方面")


class Overview(_Model):
    """第一部分的文字。"""

    lead: Text | None = Field(None, title="首段")
    disclosure: Passage = Field(Passage(), title="主动公开")
    on_request: Passage = Field(Passage(), title="依申请公开")
    management: Passage = Field(Passage(), title="政府信息管理")
    platform: Passage = Field(Passage(), title="平台建设")
    supervision: Passage = Field(Passage(), title="监督保障")


class Texts(_Model):
    """报告的文字部分。数字写成 {{ 指标名 }}，空一行分段。"""

    opening: Text | None = Field(None, title="开头段", description="不写用默认的")
    overview: Overview = Field(Overview(), title="第一部分")
    problems: Text | None = Field(None, title="第五部分", description="本机关自己的话：问题与改进")
    others: Text | None = Field(
        None, title="第六部分", description="写了就用这里的；要保留自动写的句子，在其中写 {{ 自动语句 }}"
    )


class Layout(_Model):
    """本地写法。"""

    opening: StrictBool = Field(True, title="要开头段")
    signature: StrictBool = Field(True, title="要落款")
    signed_on: date | None = Field(None, title="落款日期", description="不写则落款只写机关名称")
    numbering: Literal["chinese", "arabic", "none"] = Field(
        "chinese", title="小标题编号", description="chinese 用（一），arabic 用 1.，none 不编号"
    )
    brackets: Literal["full", "half"] = Field("full", title="括号", description="full 全角，half 半角")
    banner_covers_total: StrictBool = Field(
        True, title="表头盖住总计列", description="官方格式盖住；false 则总计列与它并排"
    )
    labels: dict[str, dict[str, str]] = Field(
        {}, title="标签的本地写法", description="表 → 行或列的键 → 印出来的文字；官方标签不变，只改印法"
    )

    @field_validator("labels")
    @classmethod
    def _labels_name_headings(cls, labels: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        wrong = []
        for table, changed in labels.items():
            known = _label_paths(table)
            if not known:
                wrong.append(_Wrong((table,), f"不是一张表{nearest(table, [f.key for f in formats()[-1].forms])}"))
                continue
            stray = [path for path in changed if path not in known]
            wrong += [_Wrong((table, path), f"不是 {table} 里的行或列{nearest(path, known)}") for path in stray]
        return _unless(wrong, labels)


class CountingRules(_Model):
    """计数口径。没有官方定义的，这里是默认值，审阅页上照列。"""

    completed_by: Literal["delivery", "document"] = Field(
        "delivery",
        title="办结日",
        description="delivery 按送达（当面、委托按签收，邮寄按交邮，电子按发送；没登记送达方式的按答复日），document 按答复书落款日",
    )
    reviews_include_carried_in: StrictBool = Field(
        True, title="复议诉讼含上年未审结", description="true 计当年在办的全部案件，false 只计当年收到的案件"
    )
    sole_reviewer_counts: StrictBool = Field(
        True, title="复议机关单独作被告的计入", description="改变原行为或不作为的复议机关单独作被告，由作出机关计"
    )
    joint_documents: Literal["lead", "all"] = Field(
        "lead", title="联合发文", description="lead 只由牵头机关计，all 都计"
    )
    charges_include_processing_fees: StrictBool = Field(
        True, title="收费金额含信息处理费", description="实收的信息处理费并入表二的收费金额，按缴费日计年"
    )
    near_days: int = Field(31, ge=0, le=366, title="差一点的范围（天）", description="列出时间上只差这些天的记录")


class Thresholds(_Model):
    """校验里没有官方数的界限。"""

    other_share: Decimal = Field(Decimal("0.3"), ge=0, le=1, title="其他处理占比", description="高于它要说明")
    other_count: int = Field(3, ge=0, title="其他处理件数", description="不多于它的不看占比")
    amount_wan: Decimal = Field(
        Decimal(1_000_000), ge=0, title="金额上限（万元）", description="大于它，像是把元写成了万元"
    )
    problems_characters: int = Field(60, ge=0, title="第五部分最少字数")


class ReportParams(_Model):
    """一个机关一年报告的参数。"""

    contact: Contact = Field(Contact(), title="联系方式")
    text: Texts = Field(Texts(), title="文字")
    layout: Layout = Field(Layout(), title="写法")
    counting: CountingRules = Field(CountingRules(), title="计数口径")
    checks: Thresholds = Field(Thresholds(), title="校验界限")


class Name(_Model):
    """机关的一个名称和它的有效期。"""

    name: str = Field(min_length=2, title="名称")
    since: date = Field(date(1949, 10, 1), title="起")
    until: date | None = Field(None, title="止", description="当天仍有效；不写即至今")


class People(_Model):
    """经办和审签的人。"""

    handler: str | None = Field(None, title="经办人")
    deputy: str | None = Field(None, title="分管领导")
    head: str | None = Field(None, title="主要领导")


class OfficeEntry(_Model):
    """单位表里的一个机关。"""

    names: tuple[Name, ...] = Field(min_length=1, title="名称")
    kind: str = Field(title="种类")
    parent: str | None = Field(None, title="上级")
    may_make_rules: StrictBool | None = Field(None, title="有无规章制定权", description="不写按种类")
    people: People = Field(People(), title="人员")

    @field_validator("kind")
    @classmethod
    def _kind_is_known(cls, kind: str) -> str:
        if kind not in office_kinds():
            raise ValueError(f"没有“{kind}”这种机关{nearest(kind, office_kinds())}（可填：{'、'.join(office_kinds())}）")
        return kind

    def name_on(self, day: date) -> str | None:
        """The name in force on a day; None if there was no such office then."""
        return next((n.name for n in self.names if n.since <= day and (n.until is None or day <= n.until)), None)


class OfficeBook(_Model):
    """单位表。"""

    offices: dict[str, OfficeEntry]

    @field_validator("offices")
    @classmethod
    def _codes_are_plain(cls, offices: dict[str, OfficeEntry]) -> dict[str, OfficeEntry]:
        wrong = []
        for code, entry in offices.items():
            if not CODE.fullmatch(code):
                wrong.append(_Wrong((code,), "作机关代码不行：只能用小写字母、数字和短横线"))
            if entry.parent is not None and entry.parent not in offices:
                wrong.append(_Wrong((code, "parent"), f"“{entry.parent}”不在单位表里{nearest(entry.parent, offices)}"))
            elif code in _above(code, offices):
                wrong.append(_Wrong((code, "parent"), "绕了一圈又是自己的上级"))
        return _unless(wrong, offices)


@dataclass(frozen=True)
class Project:
    """A working folder: its parameters and its offices."""

    home: Path
    book: Mapping[str, OfficeEntry]

    def office(self, code: str, year: int) -> Office:
        """Return an office as it was at the end of a year. Raises NotFoundError with the nearest codes."""
        entry = self.book.get(code)
        if entry is None:
            raise NotFoundError(f"单位表里没有“{code}”{nearest(code, self.book)}（见 {FOLDER}/offices.yaml）")
        name = entry.name_on(date(year, 12, 31))
        if name is None:
            raise NotFoundError(f"“{code}”在 {year} 年底没有有效的名称（见 {FOLDER}/offices.yaml 的 names）")
        kind = office_kinds()[entry.kind]
        may = kind.may_make_rules if entry.may_make_rules is None else entry.may_make_rules
        return Office(code, name, kind, entry.parent or "", may)

    def offices(self, year: int) -> list[Office]:
        """Return the offices that existed at the end of a year, in the order of the book."""
        day = date(year, 12, 31)
        return [self.office(code, year) for code, entry in self.book.items() if entry.name_on(day)]

    def find(self, name: str) -> str:
        """Return the code of an office from its code or any of its names. Raises NotFoundError."""
        if name in self.book:
            return name
        names = {known.name: code for code, entry in self.book.items() for known in entry.names}
        if name in names:
            return names[name]
        raise NotFoundError(f"单位表里没有“{name}”{nearest(name, [*self.book, *names])}（见 {FOLDER}/offices.yaml）")

    def years(self) -> list[int]:
        """Return every report year that has parameters, the earliest first."""
        folders = (self.home / FOLDER).iterdir()
        return sorted(int(path.name) for path in folders if path.is_dir() and re.fullmatch(r"\d{4}", path.name))

    def params(self, code: str, year: int, overrides: Mapping[str, Any] | None = None) -> ReportParams:
        """Return the parameters of one office's report. Raises ParamsError with everything wrong in them."""
        documents, problems = _read_all(self._files(code, year))
        if overrides:
            documents.append(Document("临时改动", overrides, _places(overrides)))
        merged = _sections(ReportParams)
        for document in documents:
            if isinstance(document.data, Mapping):
                merged = _merge(merged, document.data)
            else:
                problems.append(document.problem((), "应是“项目: 值”的写法"))
        params, wrong = validate(TypeAdapter(ReportParams), _Chain("", merged, _all_places(documents), documents))
        if problems or wrong:
            raise ParamsError(problems=[*problems, *wrong])
        return params  # type: ignore[no-any-return]

    def locate(self, code: str, year: int, problem: Problem) -> Problem:
        """Return a problem of a text, named by its dotted path, as one of the file and line it stands in."""
        path = tuple(problem.file.split("."))
        for document in reversed(_read_all(self._files(code, year))[0]):
            if path in document.places:
                line = document.places[path][0] + (problem.line or 1)
                return replace(problem, file=document.name, line=line, column=problem.file)
        return problem

    def stray_files(self, year: int) -> list[Problem]:
        """Return a problem for every parameter file of a year that belongs to no office."""
        known = {"defaults", *self.book}
        return [
            Problem(f"单位表里没有“{path.stem}”，这个文件不会被用到{nearest(path.stem, known)}", _shown(self.home, path))
            for path in sorted((self.home / FOLDER / str(year)).glob("*.y*ml"))
            if path.stem not in known
        ]

    def _files(self, code: str, year: int) -> list[tuple[Path, str]]:
        folder = self.home / FOLDER
        paths = (folder / "defaults.yaml", folder / f"{year}/defaults.yaml", folder / f"{year}/{code}.yaml")
        return [(path, _shown(self.home, path)) for path in paths if path.is_file()]


def open_project(home: Path) -> Project:
    """Open a working folder. Raises ParamsError with everything wrong in its offices.yaml."""
    path = home / FOLDER / "offices.yaml"
    if not path.is_file():
        raise NotFoundError(f"{home.name} 里没有 {FOLDER}/offices.yaml；新建工作目录请用 gktools init")
    try:
        document = read_yaml(path, _shown(home, path))
    except UnreadableYamlError as error:
        raise ParamsError(problems=[error.problem]) from None
    book, problems = validate(TypeAdapter(OfficeBook), document)
    if problems:
        raise ParamsError(problems=problems)
    return Project(home, book.offices)


def schemas() -> dict[str, str]:
    """Return the JSON Schemas that stand beside the parameter files, by file name, as text."""
    models: dict[str, type[BaseModel]] = {"report.schema.json": ReportParams, "offices.schema.json": OfficeBook}
    return {
        name: json.dumps(model.model_json_schema(), ensure_ascii=False, indent=2) + "\n" for name, model in models.items()
    }


@dataclass(frozen=True)
class _Chain(Document):
    """Merged data that remembers the documents it came from: a problem is at its place in the nearest one."""

    documents: list[Document]

    def problem(self, path: Any, message: str, value: str | None = None) -> Problem:
        for document in reversed(self.documents):
            if tuple(path) in document.places:
                return document.problem(path, message, value)
        name = self.documents[-1].name if self.documents else ""
        return Problem(message, name, value=value)


def _sections(model: type[BaseModel]) -> dict[str, Any]:
    """The sections of a model, each empty: what a file may leave empty, too."""
    inner = {name: field.annotation for name, field in model.model_fields.items()}
    return {
        name: _sections(kind) for name, kind in inner.items() if isinstance(kind, type) and issubclass(kind, BaseModel)
    }


def _all_places(documents: list[Document]) -> dict[tuple[str | int, ...], tuple[int, int]]:
    return {path: place for document in documents for path, place in document.places.items()}


def _read_all(files: Iterable[tuple[Path, str]]) -> tuple[list[Document], list[Problem]]:
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
        if section and value is None:  # a section with nothing but remarks in it
            continue
        merged[key] = _merge(merged[key], value) if section and isinstance(value, Mapping) else value
    return merged


def _places(data: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], tuple[Any, Any]]:
    found: dict[tuple[str | int, ...], tuple[Any, Any]] = {path: (None, None)}
    if isinstance(data, Mapping):
        for key, value in data.items():
            found |= _places(value, (*path, key))
    return found


def _shown(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix()


def _above(code: str, offices: Mapping[str, OfficeEntry]) -> set[str]:
    """Every office above one, as far as the book tells."""
    above: set[str] = set()
    parent = offices[code].parent
    while parent is not None and parent in offices and parent not in above:
        above.add(parent)
        parent = offices[parent].parent
    return above


def _label_paths(table: str) -> set[str]:
    from .forms import relabel

    paths: set[str] = set()
    for format_ in formats():
        for form in format_.forms:
            if form.key == table:
                relabel(form, lambda path, label: paths.add(path) or label)  # type: ignore[func-returns-value]
    return paths


__all__ = [
    "FOLDER", "Contact", "CountingRules", "Layout", "OfficeBook", "OfficeEntry", "Overview", "Passage", "People",
    "Project", "ReportParams", "Texts", "Thresholds", "ValidationError", "explain_error", "open_project", "schemas",
]
