"""Whether a report can be made again, byte for byte, out of the inputs that were kept; and if not, what differs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import GktoolsError, NotFoundError
from ..forms.notices import load_format
from ..inputs.inputs import AS_OF
from ..inputs.members import REPORT_FILE
from ..workspace.output import MANIFEST, OUTPUT, altered_files
from ..workspace.project import FOLDER, open_project
from .engine.execution import environment
from .freshness import input_names
from .run import build_report

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Reproduction:
    """What came of making a report again.

    altered names files that are no longer what the manifest says, differing those that came out otherwise now,
    inputs what has changed since, by its Chinese name; differences are the cells and sentences, as sentences.
    """

    name: str
    year: int
    altered: tuple[str, ...]
    differing: tuple[str, ...]
    inputs: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether every file stands as it was made, and is made again byte for byte."""
        return not self.altered and not self.differing


def reproduce(path: Path) -> Reproduction:
    """Make the report of a manifest again in a private folder, with the records it was made from, and compare.

    Raises NotFoundError if there is no manifest there, GktoolsError if it is none or the report cannot be made.
    """
    manifest, folder = _read(path), path.resolve().parent
    project = open_project(_home(folder))
    code, year = manifest["office"]["code"], manifest["year"]
    looking = {AS_OF: str(manifest["as_of"])} if manifest["as_of"] else {}
    with TemporaryDirectory(prefix="gktools-verify-") as private, environment(**looking):
        work = Path(private) / "made"
        work.mkdir()
        try:
            build_report(project, code, year, work)
        except GktoolsError as error:
            raise GktoolsError(f"这份报告现在做不出来了，没法核对：{error}") from None
        again = _read(work / MANIFEST)
        differing = [name for name, digest in manifest["outputs"].items() if again["outputs"].get(name) != digest]
        altered = altered_files(folder, manifest, manifest["outputs"])
        differences = tuple(_differences(folder, work, [*altered, *differing]))
    now, then = again["inputs"], manifest["inputs"]
    changed = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    return Reproduction(
        manifest["office"]["name"],
        year,
        tuple(altered),
        tuple(differing),
        tuple(input_names(project, changed)),
        differences,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        whole = all(key in manifest for key in ("office", "year", "inputs", "outputs", "as_of"))
    except FileNotFoundError:
        raise NotFoundError(f"没有 {path.name}：请写报告文件夹里的，如 {OUTPUT}/2024/机关代码/{MANIFEST}") from None
    except (ValueError, TypeError):
        whole = False
    if not whole:
        raise GktoolsError(f"{path.name} 不完整或者不是报告的清单，没法核对：请用 gktools build --force 重做这份报告")
    return manifest


def _home(folder: Path) -> Path:
    """The working folder whose output/<year>/<office> a folder is. Raises NotFoundError."""
    home = folder.parents[2] if len(folder.parents) > 2 else folder
    if not (home / FOLDER / "offices.yaml").is_file():
        raise NotFoundError(
            f"清单要在工作目录的 {OUTPUT}/<年度>/<机关代码>/ 里，这里往上三级没有 {FOLDER}/offices.yaml"
        )
    return home


# --- what differs -------------------------------------------------------------------------------------------


def _differences(there: Path, again: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield the cells and sentences that differ between files as they stand and as they were made again."""
    for name in dict.fromkeys(names):
        if not (there / name).is_file():
            yield f"{name} 不见了"
        elif name == REPORT_FILE:
            try:
                old = json.loads((there / name).read_text(encoding="utf-8"))
                new = json.loads((again / name).read_text(encoding="utf-8"))
                yield from compare_reports(old, new)
            except (ValueError, KeyError, TypeError, AttributeError):
                yield f"{name} 已经不是一份完整的报告"
        elif name.endswith(".html") and (again / name).is_file():
            for old_text, new_text in _changed(_words(there / name), _words(again / name)):
                yield f"{name}：现在的文件里是“{old_text}”，重做出来是“{new_text}”"


def compare_reports(old: Json, new: Json) -> Iterator[str]:
    """Yield every cell and sentence that two report.json of one office and year differ in, in printed order."""
    parts = [(part["title"] or "落款", part) for part in (old["opening"], *old["sections"], old["signature"])]
    others = (new["opening"], *new["sections"], new["signature"])
    for (title, one), other in zip(parts, others, strict=True):
        for before, after in _changed(_sentences(one), _sentences(other)):
            yield f"“{title}”里原来是“{before}”，重做出来是“{after}”"
    for key in old["tables"]:
        yield from _cells(load_format(old["year"])[key].name, old["tables"][key], new["tables"][key])
    for before, after in _changed(_messages(old), _messages(new)):
        yield f"核对的结果里原来是“{before}”，重做出来是“{after}”"


def _cells(table: str, old: Iterable[Json], new: Iterable[Json]) -> Iterator[str]:
    now = {(cell["row_key"], cell["column_key"]): cell for cell in new}
    for cell in old:
        other = now.get((cell["row_key"], cell["column_key"]), {"value": None, "source": ""})
        place = f"{table}“{'/'.join(cell['row'])}”行“{'/'.join(cell['column'])}”列"
        if cell["value"] != other["value"]:
            yield f"{place}原来是 {_said(cell['value'])}，重做出来是 {_said(other['value'])}"
        elif cell["source"] != other["source"]:
            yield f"{place}的数一样，来源不同（{cell['source']}、{other['source']}）"


def _said(value: float | None) -> str:
    return "没有数" if value is None else str(value)


def _sentences(part: Json) -> list[str]:
    return [sentence for paragraph in part["paragraphs"] for sentence in re.findall(r"[^。]+。?", paragraph)]


def _messages(report: Json) -> list[str]:
    return [finding["message"] for finding in report["findings"]]


def _words(path: Path) -> list[str]:
    """The pieces of text of a page, without its tags."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return [piece.strip() for piece in re.split(r"<[^>]*>", text) if piece.strip()]


def _changed(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what stood there before and what does now, where two lists of pieces differ."""
    for kind, start, end, other, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield "".join(old[start:end])[:200] or "（没有）", "".join(new[other:last])[:200] or "（没有）"
