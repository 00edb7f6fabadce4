"""A file compared with what is in force: what it says again, anew, otherwise and no longer. Nothing here reads a store.

Of a register, office and year several files are in force at once. A file and those that took its place are a series; a
file that is added begins one of its own. Both an import and the replay of an undo go by what is here.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record in force: its version, the source of that, what it is known by and says.

    series is that of the file it came by and home its row there; places are the files in force that hold it, each with
    its row, the last handed in last. A record without any stands although no file in force holds it.
    """

    id: int
    source: int
    key: str
    said: str
    series: int
    home: int
    places: tuple[tuple[int, int], ...] = ()

    @property
    def row(self) -> int:
        """The row it stands in, of the last file in force that holds it, else of the one it came by."""
        return self.places[-1][1] if self.places else self.home


@dataclass(frozen=True)
class GroupState:
    """What is in force of a register, office and year: the files by number with the series each stands for, in the
    order they came, and the records."""

    files: Mapping[int, frozenset[int]] = field(default_factory=dict)
    held: Sequence[HeldRecord] = ()

    def under(self, one: HeldRecord) -> int | None:
        """The file in force that a record left standing is told of: that of its series, else the last."""
        found = [number for number, series in self.files.items() if one.series in series]
        return next(iter(found or reversed(list(self.files))), None)

    def left_standing(self, number: int) -> list[HeldRecord]:
        """The records that no file in force holds, told of one of the files."""
        return in_order([one for one in self.held if not one.places and self.under(one) == number])


@dataclass(frozen=True)
class ComparedFile:
    """A file as it is compared: its number, the series it stands for, and of each row what it is known by (empty:
    nothing), what it says and where it stands. withdraws: what it no longer holds ends. beside are the other
    files that were in force when it came."""

    number: int
    series: frozenset[int]
    keys: Sequence[str]
    said: Sequence[str]
    rows: Sequence[int]
    withdraws: bool = False
    beside: frozenset[int] = frozenset()

    def instead_of(self, state: GroupState) -> set[int]:
        """The files in force whose place it takes."""
        return {number for number, series in state.files.items() if series & self.series}


@dataclass(frozen=True)
class MatchedRecords:
    """What of a file is new (by place in it), which of that replaces what, what is the same, what is gone."""

    new: list[int] = field(default_factory=list)
    replaced: dict[int, HeldRecord] = field(default_factory=dict)
    same: list[tuple[int, HeldRecord]] = field(default_factory=list)
    gone: list[HeldRecord] = field(default_factory=list)


def compare(filed: ComparedFile, state: GroupState, own: Mapping[int, HeldRecord] | None = None) -> MatchedRecords:
    """Compare a file with what is in force.

    A record with a key is found in whatever file it stands. One without is looked for only in the files whose place is
    taken: it is the same where all it says is the same, however its line has moved; one that says otherwise on the
    line of another takes its place. own has what its rows were found to be once before, by their place: of like ones
    they are the same again.
    """
    instead_of = filed.instead_of(state)
    found, unmatched = MatchedRecords(), []
    before = {one.source: i for i, one in (own or {}).items()}
    settled: set[int] = set()
    waiting: defaultdict[str, deque[HeldRecord]] = defaultdict(deque)
    for one in state.held:
        if one.key or _belongs(one, state, instead_of):
            if (i := before.get(one.source)) is None:
                waiting[one.key or one.said].append(one)
            else:
                found.same.append((i, one))
                settled.add(i)
    for i, (key, said) in enumerate(zip(filed.keys, filed.said, strict=True)):
        if i in settled:
            continue
        held = waiting.get(key or said)
        if held and held[0].said == said:
            found.same.append((i, held.popleft()))
        else:
            unmatched.append(i)
    left = [one for several in waiting.values() for one in several]
    by_place = _by_place(left, instead_of)
    for i in unmatched:
        found.new.append(i)
        if old := by_place[filed.keys[i] or filed.rows[i]]:
            found.replaced[i] = old.popleft()
    ended = {one.source for one in found.replaced.values()}
    found.gone.extend(
        in_order(
            one
            for one in left
            if one.source not in ended
            and _belongs(one, state, instead_of)
            and all(number in instead_of for number, _ in one.places)
        )
    )
    return found


def after(state: GroupState, filed: ComparedFile, found: MatchedRecords, own: Mapping[int, HeldRecord]) -> GroupState:
    """What is in force once a file is kept; own has the records that it brought, by their place in it."""
    instead_of = filed.instead_of(state)
    ended = {one.source for one in found.replaced.values()}
    ended |= {one.source for one in found.gone} if filed.withdraws else set()
    again = {one.source: i for i, one in found.same}
    held = []
    for one in state.held:
        if one.source in ended:
            continue
        places = tuple(place for place in one.places if place[0] not in instead_of)
        if (i := again.get(one.source)) is None:
            held.append(one if places == one.places else replace(one, places=places))
        elif i in own and own[i].source != one.source:  # entered anew, after it had been withdrawn
            held.append(own[i])
        else:
            held.append(replace(one, places=(*places, (filed.number, filed.rows[i]))))
    files = {number: series for number, series in state.files.items() if number not in instead_of}
    return GroupState(files | {filed.number: filed.series}, [*held, *(own[i] for i in found.new)])


def in_order(held: Any) -> list[HeldRecord]:
    """Records in the order of their rows."""
    return sorted(held, key=lambda one: (one.row, one.id))


def _belongs(one: HeldRecord, state: GroupState, files: set[int]) -> bool:
    """Whether a record stands in some of the files, or is left standing by them."""
    if one.places:
        return any(number in files for number, _ in one.places)
    return bool(files) and state.under(one) in files


def _by_place(left: Sequence[HeldRecord], instead_of: set[int]) -> Mapping[str | int, deque[HeldRecord]]:
    """What a row takes the place of: what has its key; without one, what stands on its line of the one file replaced
    (of each sheet, where several were joined)."""
    found: defaultdict[str | int, deque[HeldRecord]] = defaultdict(deque)
    for one in left:
        if one.key:
            found[one.key].append(one)
        elif len(instead_of) == 1 and one.places:
            found[one.row].append(one)
    return found
