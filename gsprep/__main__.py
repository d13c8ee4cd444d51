"""``python -m gsprep`` and the ``gsprep`` command."""

from __future__ import annotations

from gsprep.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
