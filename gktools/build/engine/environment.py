"""The environment variables that a notebook may know."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_KEPT = frozenset(
    (
        *("PATH", "HOME", "USER", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "LANGUAGE", "SYSTEMROOT", "VIRTUAL_ENV"),
        *("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_PATH", "JUPYTER_PLATFORM_DIRS"),
    )
)
_KEPT_PREFIXES = ("LC_", "LD_", "PYTHON", "PYDEVD_", "IPYTHON", "OMP_", "OPENBLAS_", "MKL_")
"""How Python runs here; nothing of the store or of other services, and nothing that is not known."""


@contextmanager
def only_environment(given: Mapping[str, str]) -> Iterator[None]:
    """Leave of this process's environment only what a notebook may know, and what is given, within the block."""
    before = dict(os.environ)
    kept = {name: value for name, value in before.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    try:
        set_environment({**kept, **given})
        yield
    finally:
        set_environment(before)


def set_environment(wanted: Mapping[str, str]) -> None:
    """Give this process these environment variables, and no others."""
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update({name: value for name, value in wanted.items() if os.environ.get(name) != value})
