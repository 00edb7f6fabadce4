"""A file as what stands in it, in reading order: paragraphs, and rows of cells."""

from __future__ import annotations

from dataclasses import dataclass, field

RUN = -1
MOST_CELLS = 20_000
"""The maximum number of cells of a file; a report has a few hundred."""


@dataclass(frozen=True)
class SourceText:
    """A paragraph and its place; kind "heading" of a heading's text, "link" where all of it is a link."""

    text: str
    place: str
    kind: str = ""


@dataclass(frozen=True)
class SourceCell:
    """A cell: its text with line breaks, the columns or the width it covers, its place.

    carried: it stands in a row above and reaches down to this one. unread says why its value is not what is seen.
    """

    text: str
    start: float
    end: float
    place: str
    carried: bool = False
    unread: str = ""


@dataclass(frozen=True)
class SourceRow:
    """A row of a table. Rows of one frame have their columns at the same places; of frame 0 only the order counts.

    Of frame RUN it is no row, but labels of several rows, and values, as they follow each other in a text. doubtful says why
    its values count only if the sums agree.
    """

    cells: tuple[SourceCell, ...]
    frame: int = 0
    doubtful: str = ""

    @property
    def width(self) -> float:
        """The end of its last cell."""
        return max((cell.end for cell in self.cells), default=0)


Block = SourceText | SourceRow


@dataclass(frozen=True)
class Source:
    """What stands in a file.

    title and published_on are what the file says of itself; pictures the number of pictures in it, has_scripts whether
    scripts may fill it; notes say what of it is hidden and was not read.
    """

    kind: str
    blocks: tuple[Block, ...]
    title: str = ""
    published_on: str = ""
    unit: str = ""
    pictures: int = 0
    has_scripts: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def texts(self) -> tuple[SourceText, ...]:
        """The paragraphs outside of tables."""
        return tuple(block for block in self.blocks if isinstance(block, SourceText))
