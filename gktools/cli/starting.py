"""gktools init --from: a working folder from last year's report, shown and confirmed before anything is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import GktoolsError, nearest
from ..starter.scaffold import NewOffice, new_project
from ..workspace.files import write_whole
from ..workspace.home import FOLDER
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
    from ..inputs.published_figures import PUBLISHED_FOLDER, write_published

    if not is_code(wanted.code):
        raise GktoolsError(f"机关代码“{wanted.code}”只能用小写字母、数字和短横线")
    last = take_from(_audited(source))
    if not last.unit:
        raise GktoolsError(f"{source.name} 里没有读出单位名称，不能从它开始；请用 gktools init --empty")
    asks = at_terminal() and not wanted.yes
    kind = _kind(last, wanted, read if asks else None)
    year = wanted.year or last.year + 1
    print(f"从 {source.name}（{last.year} 年）取来的，用作 {year} 年的开始：")
    print_table(("内容", "取来的", "从哪里来"), summary_rows(last, kind))
    if not wanted.yes and not (asks and _agrees("就这样建吗？", read)):
        raise GktoolsError("没有建：核对过的，请加 --yes 再运行；不对的，建好以后可以在 params/ 里改")
    keep_labels = (
        asks and bool(last.labels) and _agrees("行列的名称，今年还照去年的写法印吗（不照印就用官方的）？", read)
    )
    office = NewOffice(wanted.code, last.unit, kind.key, last.contact, last.labels if keep_labels else {})
    new_project(folder, empty=True, year=year, office=office)
    published = folder / FOLDER / PUBLISHED_FOLDER / str(last.year)
    write_published(published / f"{wanted.code}.yaml", last.published)
    write_whole(published / f"{wanted.code}.md", comparison_text(last))
    _say_next(folder, wanted.code, last, year)


def _audited(source: Path) -> ReportAudit:
    """Return the audit of the one report in a file. Raises GktoolsError if there is none, or more."""
    from ..checks.finished.files import audit_found
    from ..reading.files import read_files

    done = audit_found(read_files([source], sys.stdin.buffer))
    for one in done.unread:
        raise GktoolsError(f"读不了 {one.file}：{one.why}")
    if len(done.audits) != 1:
        raise GktoolsError(f"{source.name} 里有 {len(done.audits)} 份报告，请只给本机关去年的那一份")
    return done.audits[0]


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
    print(
        "  2. gktools records template --out 登记表   取空白登记表，填好后 gktools records import 登记表/全部登记表.xlsx"
    )
    print("  3. gktools build")
