"""The form for the parameters of an office in a notebook: gktools.editing drawn with ipywidgets."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from ..build.index_page import write_index
from ..build.outcome import Outcome
from ..build.run import run_report_job
from ..errors import GktoolsError
from ..findings import Severity
from ..html import tag
from ..inputs.inputs import load_inputs
from ..workspace import clock
from ..workspace.files import write_whole
from ..workspace.home import find_home
from ..workspace.output import OUTPUT
from ..workspace.params_models import ReportParams
from ..workspace.project import Project, open_project
from .default_texts import default_texts
from .fields import FieldPath, FormField, fields
from .figures import FACT, UsableFigure, usable_figures
from .office_file import SOURCES, OfficeFile, read_office, save

_STYLE = Path(__file__).with_name("form.css")
_LOG = "parameters.log"
_INTRO = (
    "每一项右边写着现在的值从哪里来；空的格里灰色的字，是现在会印的默认的话。"
    "改好后点“保存”；清空一项并保存，就恢复默认。拿不准的不用改。"
)
_CHOOSE = "请先选择年度和机关。"
_SAVE, _UNDO, _REPORT = "保存", "恢复未保存的", "做报告"


def parameter_form(code: str = "", year: int | None = None) -> widgets.VBox:
    """Return the form as a widget; office and year are chosen in it, or given here."""
    shown = widgets.VBox()
    shown.add_class("gk-form")
    try:
        form = ParameterForm(open_project(find_home()), code, year)
    except GktoolsError as error:
        shown.children = [_style(), widgets.HTML(_message_html("bad", str(error).splitlines()))]
    else:
        shown.children = [_style(), *form.parts]
    return shown


class ParameterForm:
    """The form: the choice of year and office, the fields, the buttons, and the report."""

    def __init__(self, project: Project, code: str = "", year: int | None = None) -> None:
        self._project = project
        self._file: OfficeFile | None = None
        self._rows = [_Row(field, self._update_state) for field in fields(ReportParams)]
        self._figures = widgets.HTML()
        self._groups = self._accordion()
        self._reverting = self._building = False
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
        """The widgets of the form from top to bottom."""
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
        self._save.on_click(lambda _: self._guard(self._save_changes))
        self._undo.on_click(lambda _: self._guard(self._read_again))
        self._make.on_click(lambda _: self._guard(self._build_report))

    def _year_chosen(self, before: int) -> None:
        if self._may_leave(self._year, before):
            self._list_offices(self._office.value)

    def _office_chosen(self, before: str) -> None:
        if self._may_leave(self._office, before):
            self._read_again()

    def _list_offices(self, wanted: str) -> None:
        """List the offices of the year; the chosen one stays chosen if it existed then."""
        offices = self._project.offices(self._year.value) if self._year.value else []
        known = {office.code for office in offices}
        self._reverting = True
        self._office.options = [("请选择机关……", ""), *((office.listed_name, office.code) for office in offices)]
        self._office.value = wanted if wanted in known else ""
        self._reverting = False
        self._guard(self._read_again)

    def _may_leave(self, chosen: widgets.Dropdown, before: Any) -> bool:
        """Return whether another office may be shown: not while there are unsaved changes."""
        if self._reverting:
            return False
        if not self._changes():
            return True
        self._reverting = True
        chosen.value = before
        self._reverting = False
        self._show_message(
            "bad", [f"有 {len(self._changes())} 处改动还没有保存：请先保存，或点“{_UNDO}”，再换机关或年度。"]
        )
        return False

    # --- showing

    def _accordion(self) -> widgets.Accordion:
        panels = [list(rows) for _, rows in groupby(self._rows, lambda row: row.field.groups[0])]
        return widgets.Accordion([self._panel(rows) for rows in panels], selected_index=0)

    def _panel(self, rows: list[_Row]) -> widgets.Widget:
        """Return one group of fields; beside texts the figures available in them."""
        about = widgets.HTML(tag("p", rows[0].field.groups[0].description, class_="gk-help"))
        filled = widgets.VBox([about, *_under_headings(rows)], layout={"flex": "1 1 0"})
        if all(row.field.kind != "text" for row in rows):
            return filled
        filled.add_class("gk-texts")
        self._figures.add_class("gk-beside")
        return widgets.HBox([filled, self._figures])

    def _read_again(self) -> None:
        """Show the current content of the files; unsaved changes are lost."""
        self._file, self._report.value = None, ""
        try:
            if self._office.value:
                self._show_file(read_office(self._project, self._office.value, self._year.value))
                self._show_message("", [f"改动会写进 {self._shown.name}。"])
            else:
                self._show_message("", [_CHOOSE])
        finally:
            self._groups.layout.display = "" if self._file else "none"
            self._update_state()

    def _show_file(self, file: OfficeFile) -> None:
        """Fill in every field from the files, and list the current figures."""
        self._file = file
        self._figures.value, defaults = self._about(file)
        for row in self._rows:
            row.show(file, defaults.get(row.field.path, ""))
        self._update_state()

    @property
    def _shown(self) -> OfficeFile:
        assert self._file
        return self._file

    def _about(self, file: OfficeFile) -> tuple[Markup, Mapping[FieldPath, str]]:
        """Return the list of tokens, and what blank boxes stand for."""
        try:
            inputs = load_inputs(self._project, file.code, file.year)
            return _tokens(usable_figures(inputs)), default_texts(inputs)
        except GktoolsError as error:
            return _message_html("bad", ["现在列不出可用的数：", *str(error).splitlines()]), {}

    def _update_state(self) -> None:
        """Show the number of unsaved changes on the buttons and the groups' titles."""
        changed = [row for row in self._rows if row.changed] if self._file else []
        self._save.description = f"{_SAVE}（{len(changed)} 处）" if changed else _SAVE
        self._save.disabled = self._undo.disabled = self._building or not changed
        self._make.disabled = self._building or self._file is None
        self._year.disabled = self._office.disabled = self._building
        titles = dict.fromkeys(row.field.groups[0].title for row in self._rows)
        numbers = {title: sum(row.field.groups[0].title == title for row in changed) for title in titles}
        self._groups.titles = [f"{title}（{n} 处未保存）" if n else title for title, n in numbers.items()]

    def _changes(self) -> dict[FieldPath, Any]:
        return {row.field.path: row.filled for row in self._rows if row.changed} if self._file else {}

    # --- saving, building

    def _save_changes(self) -> None:
        """Save the changes, and show the saved file."""
        number = len(self._changes())
        self._show_file(save(self._shown, self._changes()))
        self._show_message("good", [f"已保存 {number} 处改动到 {self._shown.name}。"])

    def _build_report(self) -> None:
        """Save, then build the report in the background."""
        if self._changes():
            self._save_changes()
        self._building, self._report.value = True, ""
        self._update_state()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(self._run())
        else:
            self._task = loop.create_task(self._run())

    async def _run(self) -> None:
        """Build the report in a thread, and show it."""
        file = self._shown
        name = self._project.office(file.code, file.year).listed_name
        self._show_message("", [f"正在做 {name} {file.year} 年度的报告……大约要 10 秒，可以继续看上面的内容。"])
        try:
            self._show(await asyncio.to_thread(_build, file, name))
        except Exception as error:
            self._failed(error)
        finally:
            self._building = False
            self._update_state()

    def _show(self, outcome: Outcome) -> None:
        """Show the review page, or the reason of a failure."""
        if outcome.status == "failed":
            self._show_message("bad", ["没有做成：", *outcome.message.splitlines()])
            return
        ref = self._project.report(outcome.code, outcome.year)
        page = ref.read("review.html").decode()
        counts = "，".join(f"{severity.label} {outcome.findings.get(severity.value, 0)} 条" for severity in Severity)
        where = f"文件在 {ref.relative_folder}/，其中 report.html 是公开的页面。"
        self._show_message("good", [f"做好了：{counts}。", f"下面是审阅页；{where}"])
        self._report.value = _frame(page, f"{outcome.name} {outcome.year} 年度审阅页")

    # --- messages

    def _guard(self, action: Callable[..., None], *given: Any) -> None:
        """Call a function; its errors are shown in Chinese, technical details go to a log."""
        try:
            action(*given)
        except GktoolsError as error:
            self._show_message("bad", str(error).splitlines())
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        log = self._project.home / OUTPUT / _LOG
        log.parent.mkdir(exist_ok=True)
        write_whole(log, "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace"), 0o600)
        self._show_message(
            "bad", [f"程序出错了，刚才的操作没有完成。技术细节在 {OUTPUT}/{_LOG}，请转给管理 gktools 的人。"]
        )

    def _show_message(self, kind: str, lines: Iterable[str]) -> None:
        self._message.value = _message_html(kind, list(lines))


class _Row:
    """One field: its control, and the source of its value."""

    def __init__(self, field: FormField, on_change: Callable[[], None]) -> None:
        self.field, self._on_change = field, on_change
        self._source, self._inherited, self._dropped, self._stands_for = "", None, False, ""
        self._control = _control(field)
        self._blank = widgets.Checkbox(description=field.blank, indent=False)
        self._notes = widgets.HTML()
        self._chip = widgets.HTML(layout={"width": "auto"})
        self._default = widgets.Button(description="用默认", tooltip="去掉本机关写的，用默认的")
        self._start = self._state
        for control in (self._control, self._blank):
            control.observe(lambda _: self._changed(), "value")
        self._default.on_click(lambda _: self._drop())

    def show(self, file: OfficeFile, stands_for: str) -> None:
        """Fill in the value in the files; stands_for is what is printed while the box is blank."""
        self._source, self._inherited, self._stands_for = "", file.inherits(self.field), stands_for
        self._fill(file.value(self.field))
        self._source, self._start, self._dropped = file.source(self.field), self._state, False
        self._notes.value = tag("div", self._notes_text(), class_="gk-help gk-notes")
        self._show_source()

    def _fill(self, value: Any) -> None:
        text = self.field.format(value)
        self._control.value, self._blank.value = text, value == ""
        if self.field.kind in ("text", "labels"):
            self._control.rows = _lines(text or self._stands_for)

    @property
    def _state(self) -> tuple[Any, bool]:
        return self._control.value, self._blank.value

    @property
    def changed(self) -> bool:
        """Whether there is a change to save."""
        return self._dropped or self._state != self._start

    @property
    def filled(self) -> Any:
        """The value to save; None to remove the office's own."""
        if self._dropped:
            return None
        return "" if self._blank.value else self.field.parse(self._control.value)

    @property
    def widget(self) -> widgets.Widget:
        """The widget of the row."""
        side = widgets.HBox([self._chip, self._default])
        side.add_class("gk-side")
        blank = [self._blank] if self.field.blank else []
        row = widgets.VBox([widgets.HBox([self._control, *blank, side]), self._notes])
        for name in ("gk-row", f"gk-{self.field.kind}", f"gk-depth-{len(self.field.groups)}"):
            row.add_class(name)
        return row

    def _notes_text(self) -> str:
        field = self.field
        notes = [*field.notes]
        notes += ["按住 Ctrl 可以选几个，也可以一个都不选"] if field.kind == "several" else []
        if field.kind == "labels" and self._inherited:
            notes += [f"默认里已有：{field.format(self._inherited).replace(chr(10), '；')}"]
        return "。".join(notes)

    def _changed(self) -> None:
        self._dropped = False
        if self._source:
            self._show_source()

    def _drop(self) -> None:
        """Restore the value without the office's own file."""
        self._fill(None if self.field.kind == "labels" else self._inherited)
        self._dropped = True
        self._show_source()

    def _show_source(self) -> None:
        """Show the source of the value."""
        word, kind = ("还没有保存", "unsaved") if self.changed else (SOURCES[self._source], self._source)
        self._chip.value = tag("span", word, class_=f"gk-chip {kind}")
        self._control.disabled = self._blank.value
        if self._stands_for:
            self._control.placeholder = "" if self._blank.value else self._stands_for
        own = self._source == "office" and not self._dropped
        self._default.layout.visibility = "visible" if own else "hidden"
        self._on_change()


def _control(field: FormField) -> widgets.Widget:
    """Return the control of a field."""
    shape: dict[str, object] = {"description": field.title, "style": {"description_width": "initial"}}
    if field.choices:
        options = [(choice.label, choice.value) for choice in field.choices]
        if field.kind == "several":
            return widgets.SelectMultiple(options=options, rows=len(options), **shape)
        return widgets.RadioButtons(options=options, **shape)
    return widgets.Textarea(**shape) if field.kind in ("text", "labels") else widgets.Text(**shape)


def _lines(text: str) -> int:
    """Return the number of lines in the form for a text, within bounds."""
    return min(max(3, sum(1 + len(line) // 38 for line in text.split("\n"))), 14)


def _under_headings(rows: list[_Row]) -> Iterator[widgets.Widget]:
    """Yield the rows, each inner group under its heading."""
    for groups, group_rows in groupby(rows, lambda row: row.field.groups):
        if len(groups) > 1:
            yield widgets.HTML(tag("h3", " › ".join(group.title for group in groups[1:])))
        yield from (row.widget for row in group_rows)


def _build(file: OfficeFile, name: str) -> Outcome:
    """Return the outcome of the report, built, with the year's index page written."""
    outcome = run_report_job(file.project.report(file.code, file.year), name)
    write_index(file.project, file.year, clock.today())
    return outcome


def _frame(page: str, title: str) -> Markup:
    """Return a page in a frame; its own base element prevents links to its cells from leaving it."""
    based = page.replace("<head>", f"<head>{tag('base', href='about:srcdoc')}", 1)
    return tag("iframe", srcdoc=based, title=title, class_="gk-report", sandbox="allow-same-origin")


def _tokens(figures: Iterable[UsableFigure]) -> Markup:
    """Return the list of tokens: what to write, and its current text."""
    items = [
        tag("li", tag("code", figure.token), tag("span", figure.reason or figure.shown), title=figure.origin)
        for figure in sorted(figures, key=lambda figure: figure.origin == FACT)
    ]
    about = tag(
        "p", "正文里的数写成左边的样子，印出来是右边的数，由表和登记表来。点一下选中，复制到正文里。", class_="gk-help"
    )
    return tag("div", tag("strong", "可用的数"), about, tag("ul", *items), class_="gk-tokens")


def _message_html(kind: str, lines: list[str]) -> Markup:
    """Return a message: one line as it is, several as a list below the first."""
    first, *rest = lines
    more = tag("ul", *(tag("li", line) for line in rest)) if rest else ""
    return tag("div", first, more, class_=f"gk-said {kind}".strip(), role="status")


def _style() -> widgets.HTML:
    return widgets.HTML(tag("style", Markup(_STYLE.read_text(encoding="utf-8"))))  # noqa: S704 - our own file
