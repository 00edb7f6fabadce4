"""gktools init --from: a working folder from last year's report, shown and confirmed before anything is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import GktoolsError, nearest
from ..starter.scaffold import NewOffice, new_project
from ..workspace.model import is_code
from ..workspace.offices import OfficeKind, office_kinds
from .asking import at_terminal
from .tables import print_table

if TYPE_CHECKING:
    from ..checks.finished.audit import ReportAudit
    from ..checks.finished.last_report import LastReport

Read = Callable[[str], str]


@dataclass(frozen=True)
class Wanted:
    """What the command says of the new folder: code, kind and report year of its office; yes: nothing is asked."""

    code: str
    kind: str = ""
    year: int | None = None
    yes: bool = False


def start_from(source: Path, folder: Path, wanted: Wanted, read: Read = input) -> None:
    """Create a working folder for the year after a report. Raises GktoolsError if nothing can be made of it."""
    from ..checks.finished.last_report import comparison_text, summary_rows, take_from
    from ..editing.last_report import KeptReport, prepared_report
    from ..editing.office_file import read_office
    from ..workspace.project import open_project

    if not is_code(wanted.code):
        raise GktoolsError(f"机关代码“{wanted.code}”只能用小写字母、数字和短横线")
    last = take_from(_audited(source, wanted.year))
    if not last.unit:
        raise GktoolsError(f"{source.name} 里没有读出单位名称，不能从它开始；请用 gktools init --empty")
    asks = at_terminal() and not wanted.yes
    kind = _kind(last, wanted, read if asks else None)
    year = wanted.year or last.year + 1
    print(f"从 {source.name}（{last.year} 年）取来的，用作 {year} 年的开始：")
    print_table(("内容", "取来的", "从哪里来"), summary_rows(last, kind))
    for doubt in last.doubts:
        print(f"没有读准，先对照原件看：{doubt}")
    if not wanted.yes and not (asks and _agrees("就这样建吗？", read)):
        raise GktoolsError("没有建：核对过的，请加 --yes 再运行；不对的，建好以后可以在 params/ 里改")
    keep_labels = (
        asks and bool(last.labels) and _agrees("行列的名称，今年还照去年的写法印吗（不照印就用官方的）？", read)
    )
    labels = last.labels if keep_labels else {}
    kept = KeptReport(last.year, last.contact, labels, last.published, comparison_text(last))

    def fill(draft: Path) -> None:
        with prepared_report(read_office(open_project(draft), wanted.code, year), kept) as ready:
            ready.put()

    new_project(folder, empty=True, year=year, office=NewOffice(wanted.code, last.unit, kind.key, fill))
    _say_next(folder, wanted.code, last, year)


def _audited(source: Path, year: int | None) -> ReportAudit:
    """Return the audit of the one report in a file, the one before a year. Raises GktoolsError if there is none, or more."""
    from ..checks.finished.files import only_audit
    from ..reading.files import read_files

    return only_audit(read_files([source], sys.stdin.buffer), source.name, year - 1 if year else None)


def _kind(last: LastReport, wanted: Wanted, read: Read | None) -> OfficeKind:
    """Return the kind that the command names, that the person chooses, or the only one that the name may be of."""
    known = office_kinds()
    if wanted.kind:
        if wanted.kind not in known:
            choices = "、".join(f"{key}（{one.label}）" for key, one in known.items())
            raise GktoolsError(f"没有“{wanted.kind}”这个种类{nearest(wanted.kind, known)}（可填：{choices}）")
        return known[wanted.kind]
    if read is None:
        if len(last.kinds) == 1:
            return last.kinds[0]
        likely = last.kinds or known.values()
        choices = "、".join(f"{one.key}（{one.label}）" for one in likely)
        raise GktoolsError(f"从名称“{last.unit}”分不出是哪一类机关，请用 --kind 写明：{choices}")
    choices_asked = [*last.kinds, *(one for one in known.values() if one not in last.kinds)]
    print(f"{last.unit}是哪一类机关？")
    for number, one in enumerate(choices_asked, 1):
        print(f"  {number}. {one.label}{'（从名称看像是）' if one in last.kinds else ''}")
    while True:
        typed = read(f"选 1–{len(choices_asked)}：").strip()
        if typed.isdecimal() and 1 <= int(typed) <= len(choices_asked):
            return choices_asked[int(typed) - 1]


def _agrees(question: str, read: Read) -> bool:
    try:
        return read(f"{question}（y/N）").strip().lower() in ("y", "yes", "是")
    except EOFError:
        return False


def _say_next(folder: Path, code: str, last: LastReport, year: int) -> None:
    print(f"已建好 {folder}。接下来：")
    print(f"  cd {folder}")
    print("  1. 看一遍 params/offices.yaml（人员要填）和 params/" + f"{year}/{code}.yaml（今年的文字要自己写）")
    print(f"     去年的文字在 params/published/{last.year}/{code}.md，只供对照")
    print("     明年，或者加了别的机关，经办人在浏览器里（gktools review）也能这样开始：“修改”页的“从去年的报告开始”")
    print(
        "  2. gktools records template --out 登记表   取空白登记表，填好后 gktools records import 登记表/全部登记表.xlsx"
    )
    print("  3. gktools build")
