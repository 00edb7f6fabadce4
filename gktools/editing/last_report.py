"""What is kept of last year's report: contact and labels in the office's own file, its figures and texts under params/published/.

`gktools init --from` and the review pages write it by this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ParamsError, steering_character
from ..inputs.published_figures import PublishedFigures, comparison_heading, published_path, published_text
from ..workspace.files import read_regular
from ..workspace.params_file import drafted_params_file
from .fields import FieldPath
from .office_file import OfficeFile, PreparedFile, prepared

LABELS: FieldPath = ("layout", "labels")


@dataclass(frozen=True)
class KeptReport:
    """What is kept of the report of a year: contact by name, labels by table and path, figures, the text for comparison.

    published is None, comparison empty if they are not kept.
    """

    year: int
    contact: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    published: PublishedFigures | None = None
    comparison: str = ""


@dataclass(frozen=True)
class PreparedReport:
    """What is kept, on disk in drafts: changed are the parameters that it sets, edited the office's file and figures the
    text of the file of figures (empty if there is none); put puts them in their places."""

    changed: tuple[FieldPath, ...]
    edited: PreparedFile
    figures: str
    _others: tuple[Any, ...]

    def put(self) -> None:
        """Put the files in place, the office's own last. Raises ParamsError, with nothing written, if it was changed since it was read."""
        self.edited.require_unchanged()
        for put in self._others:
            put()
        self.edited.replace()


def comparison_path(home: Path, year: int, code: str) -> Path:
    """Return the file of an office's texts of a year, for comparison with those of the next."""
    return published_path(home, year, code).with_suffix(".md")


def kept_comparison(home: Path, year: int, code: str) -> str:
    """Return an office's texts of a year that were kept for comparison; "" if there are none that can be read.

    Of a file that does not begin as one of ours, only that it is there: it may be a private one that somebody renamed.
    """
    path = comparison_path(home, year, code)
    with suppress(OSError):
        text = read_regular(path, follow=False, most=_MOST).decode("utf-8-sig", "replace")
        if text.startswith(comparison_heading(year)):
            return text
        return f"{path.relative_to(home).as_posix()} 不是 gktools 写的，没有显示：请看是谁放的，删去它"
    return ""


_MOST = 1 << 20


@contextmanager
def prepared_report(file: OfficeFile, kept: KeptReport) -> Iterator[PreparedReport]:
    """Yield what is kept beside and in an office's file, to be put in place within the block.

    Raises ParamsError, with nothing written, for values that no file may have.
    """
    if hidden := steering_character(kept.comparison):
        raise ParamsError(f"没有保存：去年的文字里有“{hidden}”，请删去再存")
    figures = published_text(kept.published) if kept.published else ""
    texts = {
        published_path(file.project.home, kept.year, file.code): figures,
        comparison_path(file.project.home, kept.year, file.code): kept.comparison,
    }
    with ExitStack() as stack:
        edited = stack.enter_context(prepared(file, changes := _changes(file, kept)))
        others = [stack.enter_context(drafted_params_file(path, text)) for path, text in texts.items() if text]
        yield PreparedReport(tuple(changes) if edited.content != file.content else (), edited, figures, tuple(others))


def _changes(file: OfficeFile, kept: KeptReport) -> dict[FieldPath, Any]:
    """Return the parameters that are set; labels beside the office's own."""
    changes: dict[FieldPath, Any] = {("contact", name): value for name, value in kept.contact.items()}
    if kept.labels:
        own = file.own(LABELS) or {}
        changes[LABELS] = {
            table: {**own.get(table, {}), **kept.labels.get(table, {})} for table in dict.fromkeys((*own, *kept.labels))
        }
    return changes
