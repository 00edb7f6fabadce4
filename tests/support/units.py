"""Unit files of systemd as values, read without systemd."""

from __future__ import annotations

import shlex
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from machine import REPOSITORY

DEPLOY = REPOSITORY / "docs/deploy"


@dataclass(frozen=True)
class Unit:
    """A unit file: the values of each option of each section, in order."""

    values: dict[tuple[str, str], list[str]]

    @classmethod
    def read(cls, path: Path) -> Unit:
        """Read a unit file."""
        found, section = defaultdict(list), ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif line and not line.startswith("#"):
                name, _, value = line.partition("=")
                found[section, name].append(value)
        return cls(dict(found))

    def all(self, name: str, section: str = "Service") -> list[str]:
        """Return the values of an option."""
        return self.values.get((section, name), [])

    def one(self, name: str, section: str = "Service") -> str:
        """Return the only value of an option."""
        (value,) = self.all(name, section)
        return value

    @property
    def commands(self) -> list[list[str]]:
        """The commands that it runs, as words."""
        return [shlex.split(command) for command in self.all("ExecStart")]


def read_environment(path: Path) -> dict[str, str]:
    """Return the variables of a file that systemd, a container and the command gk read."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
