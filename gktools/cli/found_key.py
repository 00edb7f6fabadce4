"""What is said of a key that lay in the working folder before anything was sealed or signed with it."""

from __future__ import annotations

from pathlib import Path

from ..workspace import clock


def found_key_note(path: Path, identifier: str, way_out: str) -> str:
    """Return that a key file is used that gktools did not make just now: identifier, time and owner, in Chinese."""
    facts = path.stat()
    at = clock.stored(clock.at_seconds(facts.st_mtime))
    try:
        owner = path.owner()
    except (KeyError, NotImplementedError, OSError):  # no such user here, or a system without owners
        owner = str(facts.st_uid)
    return (
        f"{path.name} 原来就在，不是这一次造的，从此用它：标识 {identifier}，{clock.shown(at)} 写的，主人 {owner}。"
        f"不是您从备份里放回来的，先查清是谁放的：放的人手里有同样一把；{way_out}"
    )
