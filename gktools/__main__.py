"""The command, as `gktools` or `python -m gktools`; an interrupt while it loads is reported too."""

from __future__ import annotations

import sys


def main() -> None:
    """Load the command line and run it."""
    try:
        from .build.pool import skip_slow_imports

        skip_slow_imports()
        from .cli.main import main as run

        run()
    except KeyboardInterrupt:
        print("已按要求停下", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
