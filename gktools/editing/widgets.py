"""The form for the parameters of an office, in a notebook: gktools.editing drawn with ipywidgets."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from ..build.index_page import write_index
from ..build.run import Outcome, run_report_job
from ..errors import GktoolsError
from ..findings import Severity
from ..html import tag
from ..inputs.inputs import find_home, load_inputs
from ..workspace.output import OUTPUT
from ..workspace.params_models import ReportParams
from ..workspace.project import Project, open_project
from .fields import FieldPath, FormField, fields
from .figures import FACT, UsableFigure, usable_figures
from .office_file import SOURCES, OfficeFile, read_office, save

_STYLE = Path(__file__).with_name("form.css")
_LOG = "parameters.log"
_INTRO = "每一项右边写着现在的值从哪里来。改好后点“保存”；清空一项并保存，就恢复默认。拿不准的不用改。"
_CHOOSE = "请先选择年度和机关。"
_SAVE, _UNDO, _REPORT = "保存", "恢复未保存的", "做报告"


def parameter_form(code: str = "", year: int | None = None) -> widgets.VBox:
    """Return the form as a widget to be shown; office and year are chosen in it, or given here."""
    shown = widgets.VBox()
    shown.add_class("gk-form")
    try:
        form = ParameterForm(open_project(find_home()), code, year)
    except GktoolsError as error:
        shown.children = [_style(), widgets.HTML(_said("bad", str(error).splitlines()))]
    else:
        shown.children = [_style(), *form.parts]
    return shown


class ParameterForm:
    """The whole form: what is chosen, the fields of that office, the buttons, and the report below."""

    def __init__(self, project: Project, code: str = "", year: int | None = None) -> None:
        self._project = project
        self._file: OfficeFile | None = None
        self._rows = [_Row(field, self._tell_state) for field in fields(ReportParams)]
        self._figures = widgets.HTML()
        self._groups = self._accordion()
        self._reverting = self._making = False
        years = sorted(project.years(), reverse=True)
        self._year = widgets.Dropdown(
            options=years, value=year if year in years else next(iter(years), None), description="年度"
        )
        self._office = widgets.Dropdown(description="机关", layout={"width": "32em"})
        self._message, self._report = widgets.HTML(), widgets.HTML()
        self._save = widgets.Button(description=_SAVE, button_style="primary", icon="save")
        self._undo = widgets.Button(description=_UNDO, icon="undo", layout={"width": "11em"})
        self._make = widgets.Button(
            description=_REPORT, button_style="success", icon="play", tooltip="先保存，再运行总笔记本"
        )
        self._bar = widgets.HBox([self._save, self._undo, self._make])
        self._connect()
        self._list_offices(code)

    @property
    def parts(self) -> list[widgets.Widget]:
        """The form from top to bottom."""
        title = widgets.HTML(tag("h2", "参数表单") + tag("p", _INTRO, class_="gk-help"))
        chosen = widgets.HBox([self._year, self._office])
        chosen.add_class("gk-bar")
        foot = widgets.VBox([self._message, self._bar])
        foot.add_class("gk-foot")
        return [title, chosen, self._groups, foot, self._report]

    # --- choosing

    def _connect(self) -> None:
        self._year.observe(lambda change: self._guard(self._year_chosen, change["old"]), "value")
        self._office.observe(lambda change: self._guard(self._office_chosen, change["old"]), "value")
        self._save.on_click(lambda _: self._guard(self._keep))
        self._undo.on_click(lambda _: self._guard(self._read_again))
        self._make.on_click(lambda _: self._guard(self._make_report))

    def _year_chosen(self, before: int) -> None:
        if self._may_leave(self._year, before):
            self._list_offices(self._office.value)

    def _office_chosen(self, before: str) -> None:
        if self._may_leave(self._office, before):
            self._read_again()

    def _list_offices(self, wanted: str) -> None:
        """Offer the offices of the year; keep the one that was chosen if it existed then."""
        offices = self._project.offices(self._year.value) if self._year.value else []
        known = {office.code for office in offices}
        self._reverting = True
        self._office.options = [("请选择机关……", ""), *((office.name, office.code) for office in offices)]
        self._office.value = wanted if wanted in known else ""
        self._reverting = False
        self._guard(self._read_again)

    def _may_leave(self, chosen: widgets.Dropdown, before: Any) -> bool:
        """Whether another office may be shown: not while there is something unsaved."""
        if self._reverting:
            return False
        if not self._changes():
            return True
        self._reverting = True
        chosen.value = before
        self._reverting = False
        self._say("bad", [f"有 {len(self._changes())} 处改动还没有保存：请先保存，或点“{_UNDO}”，再换机关或年度。"])
        return False

    # --- showing

    def _accordion(self) -> widgets.Accordion:
        panels = [list(rows) for _, rows in groupby(self._rows, lambda row: row.field.groups[0])]
        return widgets.Accordion([self._panel(rows) for rows in panels], selected_index=0)

    def _panel(self, rows: list[_Row]) -> widgets.Widget:
        """One group of fields; beside texts the figures that they may use."""
        about = widgets.HTML(tag("p", rows[0].field.groups[0].description, class_="gk-help"))
        filled = widgets.VBox([about, *_under_headings(rows)], layout={"flex": "1 1 0"})
        if all(row.field.kind != "text" for row in rows):
            return filled
        filled.add_class("gk-texts")
        self._figures.add_class("gk-beside")
        return widgets.HBox([filled, self._figures])

    def _read_again(self) -> None:
        """Show what stands in the files now; whatever was not saved is gone."""
        self._file, self._report.value = None, ""
        try:
            if self._office.value:
                self._show_file(read_office(self._project, self._office.value, self._year.value))
                self._say("", [f"改动会写进 {self._shown.name}。"])
            else:
                self._say("", [_CHOOSE])
        finally:
            self._groups.layout.display = "" if self._file else "none"
            self._tell_state()

    def _show_file(self, file: OfficeFile) -> None:
        """Fill in every field from the files, and list the figures as they are now."""
        self._file = file
        for row in self._rows:
            row.show(file)
        self._figures.value = self._usable(file)
        self._tell_state()

    @property
    def _shown(self) -> OfficeFile:
        assert self._file
        return self._file

    def _usable(self, file: OfficeFile) -> Markup:
        try:
            return _tokens(usable_figures(load_inputs(self._project, file.code, file.year)))
        except GktoolsError as error:
            return _said("bad", ["现在列不出可用的数：", *str(error).splitlines()])

    def _tell_state(self) -> None:
        """Let the buttons and the groups' titles say how much is not saved."""
        changed = [row for row in self._rows if row.changed] if self._file else []
        self._save.description = f"{_SAVE}（{len(changed)} 处）" if changed else _SAVE
        self._save.disabled = self._undo.disabled = self._making or not changed
        self._make.disabled = self._making or self._file is None
        self._year.disabled = self._office.disabled = self._making
        titles = dict.fromkeys(row.field.groups[0].title for row in self._rows)
        numbers = {title: sum(row.field.groups[0].title == title for row in changed) for title in titles}
        self._groups.titles = [f"{title}（{n} 处未保存）" if n else title for title, n in numbers.items()]

    def _changes(self) -> dict[FieldPath, Any]:
        return {row.field.path: row.filled for row in self._rows if row.changed} if self._file else {}

    # --- saving, making

    def _keep(self) -> None:
        """Save what was changed, and show the file as it is then."""
        number = len(self._changes())
        self._show_file(save(self._shown, self._changes()))
        self._say("good", [f"已保存 {number} 处改动到 {self._shown.name}。"])

    def _make_report(self) -> None:
        """Save, then make the report without holding up the notebook."""
        if self._changes():
            self._keep()
        self._making, self._report.value = True, ""
        self._tell_state()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(self._run())
        else:
            self._task = loop.create_task(self._run())

    async def _run(self) -> None:
        """Make the report beside the notebook, and show it."""
        file = self._shown
        name = self._project.office(file.code, file.year).name
        self._say("", [f"正在做 {name} {file.year} 年度的报告……大约要 10 秒，可以继续看上面的内容。"])
        try:
            self._show(await asyncio.to_thread(_made, file, name))
        except Exception as error:
            self._failed(error)
        finally:
            self._making = False
            self._tell_state()

    def _show(self, outcome: Outcome) -> None:
        """Show the review page, or why there is none."""
        if outcome.status == "failed":
            self._say("bad", ["没有做成：", *outcome.message.splitlines()])
            return
        ref = self._project.report(outcome.code, outcome.year)
        page = (ref.folder / "review.html").read_text(encoding="utf-8")
        counts = "，".join(f"{severity.label} {outcome.findings.get(severity.value, 0)} 条" for severity in Severity)
        where = f"文件在 {ref.relative_folder}/，其中 report.html 是公开的页面。"
        self._say("good", [f"做好了：{counts}。", f"下面是审阅页；{where}"])
        self._report.value = _framed(page, f"{outcome.name} {outcome.year} 年度审阅页")

    # --- saying

    def _guard(self, act: Callable[..., None], *given: Any) -> None:
        """Act; what goes wrong is said in Chinese, and the technical part goes to a log."""
        try:
            act(*given)
        except GktoolsError as error:
            self._say("bad", str(error).splitlines())
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        log = self._project.home / OUTPUT / _LOG
        log.parent.mkdir(exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        self._say("bad", [f"程序出错了，刚才的操作没有完成。技术细节在 {OUTPUT}/{_LOG}，请转给管理 gktools 的人。"])

    def _say(self, kind: str, lines: Iterable[str]) -> None:
        self._message.value = _said(kind, list(lines))


class _Row:
    """One field: where it is filled in, and where its value comes from."""

    def __init__(self, field: FormField, told: Callable[[], None]) -> None:
        self.field, self._told = field, told
        self._source, self._inherited, self._dropped = "", None, False
        self._control = _control(field)
        self._blank = widgets.Checkbox(description=field.blank, indent=False)
        self._notes = widgets.HTML()
        self._chip = widgets.HTML(layout={"width": "auto"})
        self._default = widgets.Button(description="用默认", tooltip="去掉本机关写的，用默认的")
        self._start = self._state
        for control in (self._control, self._blank):
            control.observe(lambda _: self._changed(), "value")
        self._default.on_click(lambda _: self._drop())

    def show(self, file: OfficeFile) -> None:
        """Fill in what stands in the files."""
        self._source, self._inherited = "", file.inherits(self.field)
        self._fill(file.value(self.field))
        self._source, self._start, self._dropped = file.source(self.field), self._state, False
        self._notes.value = tag("div", self._told_beside(), class_="gk-help gk-notes")
        self._tell()

    def _fill(self, value: Any) -> None:
        text = self.field.write(value)
        self._control.value, self._blank.value = text, value == ""
        if self.field.kind in ("text", "labels"):
            self._control.rows = _lines(text)

    @property
    def _state(self) -> tuple[Any, bool]:
        return self._control.value, self._blank.value

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return self._dropped or self._state != self._start

    @property
    def filled(self) -> Any:
        """The value to be saved; None to take out the office's own."""
        if self._dropped:
            return None
        return "" if self._blank.value else self.field.read(self._control.value)

    @property
    def widget(self) -> widgets.Widget:
        """The row as it is shown."""
        side = widgets.HBox([self._chip, self._default])
        side.add_class("gk-side")
        blank = [self._blank] if self.field.blank else []
        row = widgets.VBox([widgets.HBox([self._control, *blank, side]), self._notes])
        for name in ("gk-row", f"gk-{self.field.kind}", f"gk-depth-{len(self.field.groups)}"):
            row.add_class(name)
        return row

    def _told_beside(self) -> str:
        field = self.field
        notes = [*field.notes]
        notes += ["按住 Ctrl 可以选几个，也可以一个都不选"] if field.kind == "several" else []
        if field.kind == "labels" and self._inherited:
            notes += [f"默认里已有：{field.write(self._inherited).replace(chr(10), '；')}"]
        return "。".join(notes)

    def _changed(self) -> None:
        self._dropped = False
        if self._source:
            self._tell()

    def _drop(self) -> None:
        """Go back to what would hold without the office's own file."""
        self._fill(None if self.field.kind == "labels" else self._inherited)
        self._dropped = True
        self._tell()

    def _tell(self) -> None:
        """Say where the value comes from."""
        word, kind = ("还没有保存", "unsaved") if self.changed else (SOURCES[self._source], self._source)
        self._chip.value = tag("span", word, class_=f"gk-chip {kind}")
        self._control.disabled = self._blank.value
        own = self._source == "office" and not self._dropped
        self._default.layout.visibility = "visible" if own else "hidden"
        self._told()


def _control(field: FormField) -> widgets.Widget:
    """What a field is filled in with."""
    shape: dict[str, object] = {"description": field.title, "style": {"description_width": "initial"}}
    if field.choices:
        options = [(choice.label, choice.value) for choice in field.choices]
        if field.kind == "several":
            return widgets.SelectMultiple(options=options, rows=len(options), **shape)
        return widgets.RadioButtons(options=options, **shape)
    return widgets.Textarea(**shape) if field.kind in ("text", "labels") else widgets.Text(**shape)


def _lines(text: str) -> int:
    """How many lines of the form a text needs, within reason."""
    return min(max(3, sum(1 + len(line) // 38 for line in text.split("\n"))), 14)


def _under_headings(rows: list[_Row]) -> Iterator[widgets.Widget]:
    """The rows, each inner group under its heading."""
    for groups, held in groupby(rows, lambda row: row.field.groups):
        if len(groups) > 1:
            yield widgets.HTML(tag("h3", " › ".join(group.title for group in groups[1:])))
        yield from (row.widget for row in held)


def _made(file: OfficeFile, name: str) -> Outcome:
    """Make the report and the year's board."""
    outcome = run_report_job(file.project.report(file.code, file.year), name)
    write_index(file.project, file.year, date.today())
    return outcome


def _framed(page: str, title: str) -> Markup:
    """A whole page inside this one; a base of its own keeps its links to its own cells from leaving it."""
    based = page.replace("<head>", f"<head>{tag('base', href='about:srcdoc')}", 1)
    return tag("iframe", srcdoc=based, title=title, class_="gk-report", sandbox="allow-same-origin")


def _tokens(figures: Iterable[UsableFigure]) -> Markup:
    """The list of tokens: what to write, and what it prints today."""
    items = [
        tag("li", tag("code", figure.token), tag("span", figure.reason or figure.shown), title=figure.origin)
        for figure in sorted(figures, key=lambda figure: figure.origin == FACT)
    ]
    about = tag(
        "p", "正文里的数写成左边的样子，印出来是右边的数，由表和登记表来。点一下选中，复制到正文里。", class_="gk-help"
    )
    return tag("div", tag("strong", "可用的数"), about, tag("ul", *items), class_="gk-tokens")


def _said(kind: str, lines: list[str]) -> Markup:
    """A message: one line as it is, several as a list under the first."""
    first, *rest = lines
    more = tag("ul", *(tag("li", line) for line in rest)) if rest else ""
    return tag("div", first, more, class_=f"gk-said {kind}".strip(), role="status")


def _style() -> widgets.HTML:
    return widgets.HTML(tag("style", Markup(_STYLE.read_text(encoding="utf-8"))))  # noqa: S704 - our own file
