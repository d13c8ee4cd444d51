"""Tables in parts."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.parts.work import PartFolder

_TABLE = ("lines",)
_OWNERS = st.lists(st.integers(0, 5), max_size=12)


def _folder(out: str | Path) -> PartFolder:
    folder = PartFolder(Path(out), _TABLE, _TABLE)
    folder.begin({})
    return folder


@given(owners=_OWNERS, asked=st.sets(st.integers(0, 5), min_size=1))
def test_lines_are_read_by_their_owners(owners: list[int], asked: set[int]) -> None:
    texts = [f"{line} of {owner}" for line, owner in enumerate(owners)]
    frame = pd.DataFrame({"text": pd.Series(texts, dtype="str")})
    with TemporaryDirectory() as name:
        folder = _folder(name)
        folder.write_divided("lines", 0, frame, np.array(owners, dtype=np.int64), 6)
        read = folder.read_divided("lines", {0: sorted(asked)})["text"].tolist()
        assert folder.counts("lines", 0).tolist() == [owners.count(one) for one in range(6)]
    assert read == [text for one in sorted(asked) for text in texts if text.endswith(f" of {one}")]


def test_owners_without_lines_take_no_room(tmp_path: Path) -> None:
    """A slice of no lines is written by Arrow with the texts of all lines."""
    folder, owners = _folder(tmp_path), np.zeros(1_000, dtype=np.int64)
    texts = pd.util.hash_array(np.arange(1_000)).astype(str)
    frame = pd.DataFrame({"text": pd.Series(texts, dtype="str")})
    folder.write_divided("lines", 0, frame, owners, 1)
    folder.write_divided("lines", 1, frame, owners, 10)
    one, ten = (folder.path("lines", number).stat().st_size for number in (0, 1))
    assert ten < 2 * one
