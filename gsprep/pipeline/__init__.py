"""The stages in order: nothing is decided here."""

from __future__ import annotations

from gsprep.pipeline.delivery import deliver
from gsprep.pipeline.options import RunOptions
from gsprep.pipeline.outward import told_of
from gsprep.pipeline.whole import run

__all__ = ["RunOptions", "deliver", "run", "told_of"]
