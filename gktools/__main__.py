"""The command itself, as `gktools` or `python -m gktools`: one that is interrupted while it loads says so too."""

from __future__ import annotations

import sys


def main() -> None:
    """Load the command line and run it."""
    try:
        from .build.pool import leave_out_slow_imports

        leave_out_slow_imports()
        from .cli.main import main as run

        run()
    except KeyboardInterrupt:
        print("已按要求停下", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
