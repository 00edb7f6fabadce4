"""The command, as `gktools` or `python -m gktools`; an interrupt while it loads is reported too."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def import_nothing_from_here() -> None:
    """Make this process and those it starts import nothing from the folder in which the command is run.

    Whoever may write there could run code as whoever runs the command: a file multiprocessing.py would do.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        here = Path.cwd()
    except OSError:  # it is gone
        return
    if not sys.flags.safe_path and sys.path and Path(sys.path[0]).absolute() == here != Path(__file__).parents[1]:
        del sys.path[0]


def main() -> None:
    """Load the command line and run it."""
    try:
        import_nothing_from_here()
        from .build.pool import skip_slow_imports

        skip_slow_imports()
        from .cli.main import main as run

        run()
    except KeyboardInterrupt:
        print("已按要求停下", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
