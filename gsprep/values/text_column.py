"""A column of text tidied at once, with the results of ``tidy``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from gsprep.values.arrow import is_tidy, matches
from gsprep.values.settled import Settled

if TYPE_CHECKING:
    import numpy as np

# Letters and signs that are seen, and that composing leaves alone beside one another: Latin,
# Greek, Cyrillic, Hebrew, Arabic, kana, ideographs and Hangul without their loose marks.
SEEN = (
    r"!-~\x{a1}-\x{ac}\x{ae}-\x{2ff}\x{370}-\x{373}\x{375}-\x{377}\x{37a}-\x{37d}\x{37f}"
    r"\x{384}-\x{386}\x{388}-\x{38a}\x{38c}\x{38e}-\x{3a1}\x{3a3}-\x{3ff}\x{400}-\x{482}"
    r"\x{48a}-\x{52f}\x{5d0}-\x{5ea}\x{621}-\x{64a}\x{1e00}-\x{1eff}\x{2010}-\x{2027}"
    r"\x{3041}-\x{3096}\x{30a1}-\x{30fe}\x{4e00}-\x{9fff}\x{ac00}-\x{d7a3}"
)
_TIDY = f"^[{SEEN}]+(?: [{SEEN}]+)*$"


def tidied(values: pa.Array) -> Settled:
    """Return each text as it is, sure where ``tidy`` and ``tidy_lines`` would not touch it."""
    sure: np.ndarray = is_tidy(values)
    if not sure.all():
        sure[~sure] = matches(values.filter(pa.array(~sure)), _TIDY)
    return Settled(None, sure)
