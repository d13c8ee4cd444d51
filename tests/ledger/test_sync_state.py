"""State of syncs: few rows are looked up, many are read, and both find the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gsprep.ledger.database import Database
from gsprep.ledger.sync_state import StoredRow, SyncState

keys = st.integers(0, 40).map(lambda n: n.to_bytes(16, "big"))
contents = st.sampled_from([b"a" * 16, b"b" * 16])
rows = st.dictionaries(keys, st.tuples(contents, contents, st.sampled_from(["stored", "refused"])))


def state_of(known: dict[bytes, tuple[bytes, bytes, str]]) -> SyncState:
    state = SyncState(Database(None), "plans")
    other = SyncState(state._database, "other")  # noqa: SLF001  two syncs share a ledger
    for one in (state, other):
        one.save("plans.yaml", b"")
    lines = [
        StoredRow(key, content, target, None, None, outcome)
        for key, (content, target, outcome) in known.items()
    ]
    state.keep(lines)
    other.keep([line._replace(content=b"c" * 16) for line in lines])
    return state


@given(known=rows, read=st.dictionaries(keys, contents))
def test_rows_are_found_however_many_are_known(
    known: dict[bytes, tuple[bytes, bytes, str]], read: dict[bytes, bytes]
) -> None:
    state = state_of(known)
    same = {
        key
        for key, content in read.items()
        if key in known and known[key][0] == content and known[key][2] == "stored"
    }
    assert state.stored(list(read), list(read.values()), {"stored"}) == same
    found = state.of(list(read))
    assert {key: row.content for key, row in found.items()} == {
        key: known[key][0] for key in read if key in known
    }
    by_target = state.with_targets([b"a" * 16])
    assert {row.key for some in by_target.values() for row in some} == {
        key for key, (_, target, _) in known.items() if target == b"a" * 16
    }
    assert [row.key for row in state.rows()] == sorted(known)
