from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gsprep.ledger.ledger import Ledger
from gsprep.ledger.privacy import KeyedHashes

if TYPE_CHECKING:
    from pathlib import Path

NAMES = KeyedHashes(b"a secret")


@given(st.binary(), st.binary())
def test_equal_content_has_an_equal_name_and_no_other(left: bytes, right: bytes) -> None:
    assert (NAMES.of(left) == NAMES.of(right)) == (left == right)
    assert len(NAMES.of(left)) == 16


@given(st.text(), st.text(min_size=1))
def test_all_names_of_an_address_begin_alike(email: str, key: str) -> None:
    assert NAMES.of_person(email, key).startswith(NAMES.of_all_of(email))
    assert NAMES.of_person(f" {email.upper()}").startswith(NAMES.of_all_of(email.upper().lower()))
    assert len(NAMES.of_person(email, key)) == 16


def test_another_secret_gives_other_names() -> None:
    assert KeyedHashes(b"another").of(b"ana@acme.com") != NAMES.of(b"ana@acme.com")


def test_the_secret_of_a_folder_stays(home: Path, ledger: Ledger) -> None:
    before = ledger.names.of(b"ana@acme.com")
    with Ledger(home) as again:
        assert again.names.of(b"ana@acme.com") == before
    (home / "secret").unlink()
    with Ledger(home) as another:
        assert another.names.of(b"ana@acme.com") != before
