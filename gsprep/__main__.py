"""``python -m gsprep`` and the ``gsprep`` command."""

from __future__ import annotations

import gc
import os
import signal

# While the program is being loaded nothing is begun that would have to be ended: Ctrl-C ends it
# at once, without a word of Python. What is ignored, as after nohup, stays so.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

# What is imported is never garbage, and the collector would look through it again and again: a
# tenth of the time that a command takes to start. It begins when the command is imported.
gc.disable()

# What Arrow frees goes back to the system at the end of a stage: its own allocator keeps a quarter
# of the memory of a run.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

# The linear algebra of a fit has a hundred columns: threads wait for one another, and on a busy
# computer that takes twenty times as long as one thread.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from gsprep.cli.main import main  # noqa: E402  the collector is set first

__all__ = ["main"]

if __name__ == "__main__":
    main()
