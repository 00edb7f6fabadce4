"""JSON that others wrote is read or refused with ValueError, in bounded time and memory."""

from __future__ import annotations

import os
import sys
from decimal import Decimal

import pytest

from gktools.workspace.json_file import MAX_BYTES, parse_json, read_json

HOSTILE = {
    "deep": "[" * 200_000 + "]" * 200_000,
    "deep objects": '{"a":' * 200_000,
    "many": "[" + "0," * 1_000_001 + "0]",
    "no number": "[NaN]",
    "no end": "[Infinity]",
    "long number": "[" + "9" * 100_000 + "]",
    "power": "[1e999999999]",
    "nothing": "",
    "bytes": b"\xff\xfe[",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError, match="."):
        parse_json(text)


def test_numbers_keep_their_digits():
    assert parse_json(b'{"a": [1, -2, 0.10, 1.5e3, "1,[{"]}') == {
        "a": [1, -2, Decimal("0.10"), Decimal("1.5e3"), "1,[{"]
    }


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path):
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(100 * MAX_BYTES)

    with pytest.raises(ValueError, match="too large"):
        read_json(tmp_path / "a.json")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.json")

    with pytest.raises(OSError, match="."):
        read_json(tmp_path / "a.json")
