"""``python -m gsprep`` and the ``gsprep`` command."""

from __future__ import annotations

import signal

# While the program is being loaded nothing is begun that would have to be ended: Ctrl-C ends it
# at once, without a word of Python. What is ignored, as after nohup, stays so.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from gsprep.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
