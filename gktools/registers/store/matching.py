"""Comparison of a file with the state in force: same, new, replaced and missing records. Nothing here reads a store.

Of a register, office and year several files are in force at once. A file and those that replaced it are a series; an
added file begins a new one. Imports and the replay of an undo use the same functions.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record in force: its version, the version's source, its key, and the hash of its content.

    series is that of its own file and home its row there; places are the files in force that have it, each with the
    row, the newest last. A record without places is in force although no file in force has it.
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
        """Its row in the newest file in force that has it, else in its own file."""
        return self.places[-1][1] if self.places else self.home


@dataclass(frozen=True)
class GroupState:
    """The state in force of a register, office and year: files by number with their series, and the records.

    The files are in the order of their imports.
    """

    files: Mapping[int, frozenset[int]] = field(default_factory=dict)
    held: Sequence[HeldRecord] = ()

    def under(self, one: HeldRecord) -> int | None:
        """Return the file in force that reports a record left in force: that of its series, else the newest.

        None if no file is in force.
        """
        found = [number for number, series in self.files.items() if one.series in series]
        return next(iter(found or reversed(list(self.files))), None)

    def left_standing(self) -> Mapping[int, Sequence[HeldRecord]]:
        """Return the records that no file in force has, by the file that reports them."""
        found: defaultdict[int | None, list[HeldRecord]] = defaultdict(list)
        for one in self.held:
            if not one.places:
                found[self.under(one)].append(one)
        return {number: in_order(held) for number, held in found.items() if number is not None}


@dataclass(frozen=True)
class ComparedFile:
    """A file for comparison: its number, its series, and each row's key (empty for none), content hash and row number.

    withdraws: records missing in it end; ends: those that it names end. beside are the other files in force when it was
    imported.
    """

    number: int
    series: frozenset[int]
    keys: Sequence[str]
    said: Sequence[str]
    rows: Sequence[int]
    withdraws: bool = False
    beside: frozenset[int] = frozenset()
    ends: bool = False

    def instead_of(self, state: GroupState) -> set[int]:
        """Return the numbers of the files in force that it replaces."""
        return {number for number, series in state.files.items() if series & self.series}


@dataclass(frozen=True)
class MatchedRecords:
    """The comparison of a file: new and replaced records by index in it, same ones, and missing ones."""

    new: list[int] = field(default_factory=list)
    replaced: dict[int, HeldRecord] = field(default_factory=dict)
    same: list[tuple[int, HeldRecord]] = field(default_factory=list)
    gone: list[HeldRecord] = field(default_factory=list)


def compare(filed: ComparedFile, state: GroupState, own: Mapping[int, HeldRecord] | None = None) -> MatchedRecords:
    """Return the comparison of a file with the state in force.

    A record with a key is found in any file. One without is searched only in the replaced files: it is the same if its
    content is, whatever its row; a different one on the same row replaces it. own has, by index, the records that its
    rows were matched with before: among equal ones they match the same again. Of a file that ends what it names, those
    records are missing, and there is nothing else.
    """
    if filed.ends:
        named = set(filter(None, filed.keys))
        return MatchedRecords(gone=in_order(one for one in state.held if one.key in named))
    instead_of = filed.instead_of(state)
    found, unmatched = MatchedRecords(), []
    before = {one.source: i for i, one in (own or {}).items()}
    settled: set[int] = set()
    waiting: defaultdict[str, deque[HeldRecord]] = defaultdict(deque)
    named = set(filter(None, filed.keys))
    for one in state.held:
        if one.key in named or _belongs(one, state, instead_of):
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
    """Return the state in force after a file is stored; own has the records it brought, by index."""
    instead_of = filed.instead_of(state)
    ended = {one.source for one in found.replaced.values()}
    ended |= {one.source for one in found.gone} if filed.withdraws or filed.ends else set()
    again = {one.source: i for i, one in found.same}
    held = []
    for one in state.held:
        if one.source in ended:
            continue
        if not instead_of and one.source not in again:
            held.append(one)
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
    """Return records in the order of their rows."""
    return sorted(held, key=lambda one: (one.row, one.id))


def _belongs(one: HeldRecord, state: GroupState, files: set[int]) -> bool:
    """Return whether a record is in some of the files, or left in force by them."""
    if not files:
        return False
    if one.places:
        return any(number in files for number, _ in one.places)
    return state.under(one) in files


def _by_place(left: Sequence[HeldRecord], instead_of: set[int]) -> Mapping[str | int, deque[HeldRecord]]:
    """Return the candidates for replacement: by key; without one, by row of the one replaced file."""
    found: defaultdict[str | int, deque[HeldRecord]] = defaultdict(deque)
    for one in left:
        if one.key:
            found[one.key].append(one)
        elif len(instead_of) == 1 and one.places:
            found[one.row].append(one)
    return found
