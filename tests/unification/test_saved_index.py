"""Saved indexes: the same decisions, no person in the file, and clear errors."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sample_lists import sample_companies, sample_people

from gsprep.errors import InputError
from gsprep.unification.answers import NO_ANSWERS
from gsprep.unification.index import CompanyIndex
from gsprep.unification.known import NOTHING_KNOWN
from gsprep.unification.prepare import kept_index, prepare, remove_kept
from gsprep.unification.registry import FEATURES
from gsprep.unification.rulebook import Rulebook, default_rulebook, read_rulebook
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from pathlib import Path

_GSID = "1P02" + "A" * 32


@pytest.fixture(scope="module")
def companies() -> pd.DataFrame:
    return sample_companies()


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return sample_people()


@pytest.fixture
def saved(companies: pd.DataFrame, tmp_path: Path) -> Path:
    return prepare(companies).save(tmp_path / "companies.index")


@pytest.mark.parametrize("name", [None, "strict", "communities"])
def test_a_loaded_index_decides_the_same(
    name: str | None, companies: pd.DataFrame, people: pd.DataFrame, tmp_path: Path
) -> None:
    index = prepare(companies, read_rulebook(name).dialled_from("DE"))
    loaded = CompanyIndex.load(index.save(tmp_path / "x.index"), index.rulebook)
    assert (loaded.rulebook, loaded.notes) == (index.rulebook, index.notes)
    mine, theirs = unify(people, index), unify(people, loaded)
    pd.testing.assert_frame_equal(mine.decisions, theirs.decisions)
    pd.testing.assert_frame_equal(mine.evidence, theirs.evidence)
    for at in range(5):
        one = people.iloc[[at]]
        pd.testing.assert_frame_equal(unify(one, index).decisions, unify(one, loaded).decisions)


def test_every_part_of_every_feature_is_saved(saved: Path, tmp_path: Path) -> None:
    """What a loaded index saves again is the same file."""
    loaded = CompanyIndex.load(saved)
    assert set(loaded.parts) == set(FEATURES)
    assert loaded.save(tmp_path / "again.index").read_bytes() == saved.read_bytes()


def test_an_index_of_no_company_can_be_saved(companies: pd.DataFrame, tmp_path: Path) -> None:
    empty = prepare(companies.head(0)).save(tmp_path / "empty.index")
    assert len(CompanyIndex.load(empty)) == 0


def test_the_file_is_private_and_has_no_person(companies: pd.DataFrame, tmp_path: Path) -> None:
    gsid = companies["Gsid"].iloc[0]
    known = pd.DataFrame({"Email": ["secret.person@example.org"], "Company_ID": [gsid]})
    answers = pd.DataFrame(
        {"kind": ["email"], "value": ["answered@example.org"], "Company_ID": [gsid],
         "answer": ["match"]}
    )  # fmt: skip
    index = prepare(companies, known=known, answers=answers)
    path = index.save(tmp_path / "x.index")
    assert path.stat().st_mode & 0o077 == 0
    assert not [name for name in (b"secret", b"answered") if name in path.read_bytes()]
    bare = CompanyIndex.load(path)
    assert bare.known is NOTHING_KNOWN
    assert bare.answers is NO_ANSWERS
    assert "known people and answers" in bare.notes[-1]
    again = CompanyIndex.load(path, known=known, answers=answers)
    assert again.notes == index.notes
    asked = pd.DataFrame({"Email": ["secret.person@example.org", "answered@example.org"]})
    pd.testing.assert_frame_equal(unify(asked, again).evidence, unify(asked, index).evidence)


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(lambda c: c[:-9], "damaged", id="cut short"),
        pytest.param(lambda c: c[:64], "damaged", id="head alone"),
        pytest.param(lambda c: _flipped(c, 40), "damaged", id="other hash"),
        pytest.param(lambda c: _flipped(c, 300), "damaged", id="a bit of the metadata"),
        pytest.param(lambda c: _flipped(c, len(c) // 2), "damaged", id="a bit of the arrays"),
        pytest.param(lambda _: b"", "no saved index", id="empty"),
        pytest.param(lambda _: b"Gsid,Name\n", "no saved index", id="a table"),
        pytest.param(lambda c: c.replace(b"companies 2", b"companies 9", 1), "version", id="newer"),
    ],
)
def test_a_file_that_is_no_whole_index_is_refused(change: object, told: str, saved: Path) -> None:
    saved.write_bytes(change(saved.read_bytes()))  # type: ignore[operator]  a function of bytes
    with pytest.raises(InputError, match=told):
        CompanyIndex.load(saved)


def test_other_rulebooks_versions_and_names_are_refused(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="another rulebook"):
        CompanyIndex.load(saved, read_rulebook("strict"))
    with pytest.raises(InputError, match="cannot be read"):
        CompanyIndex.load(saved.with_name("none.index"))
    monkeypatch.setattr("gsprep.unification.index.__version__", "99")
    with pytest.raises(InputError, match=r"was saved by gsprep .* this is 99"):
        CompanyIndex.load(saved)


def test_a_rulebook_that_no_file_can_say_is_refused(
    companies: pd.DataFrame, tmp_path: Path
) -> None:
    book = default_rulebook()
    both = book.decide.model_copy(update={"precision": 0.99, "match_from": 0.9})
    odd: Rulebook = book.model_copy(update={"decide": both})
    with pytest.raises(InputError, match="write_rulebook"):
        prepare(companies, odd).save(tmp_path / "x.index")


@pytest.fixture
def long_list(companies: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setattr("gsprep.unification.prepare._SHORTEST", len(companies))
    return companies


def test_a_kept_index_is_loaded_for_the_same_list_and_rulebook(
    long_list: pd.DataFrame, people: pd.DataFrame, tmp_path: Path
) -> None:
    book, folder = default_rulebook(), tmp_path / "indexes"
    first = kept_index(long_list, book, folder)
    (path,) = folder.iterdir()
    made = path.stat().st_ino
    second = kept_index(long_list, book, folder)
    pd.testing.assert_frame_equal(unify(people, first).decisions, unify(people, second).decisions)
    assert [one.stat().st_ino for one in folder.iterdir()] == [made]
    renamed = long_list.assign(Name=long_list["Name"] + " x")
    assert kept_index(renamed, book, folder).names[0].endswith(" x")
    kept_index(long_list, book.dialled_from("FR"), folder)
    assert len(list(folder.iterdir())) == 3


def test_a_damaged_kept_index_is_made_again(long_list: pd.DataFrame, tmp_path: Path) -> None:
    kept_index(long_list, default_rulebook(), tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    assert len(kept_index(long_list, default_rulebook(), tmp_path)) == len(long_list)
    assert path.read_bytes() == whole


def test_few_are_kept_and_all_can_be_removed(
    long_list: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gsprep.unification.prepare._MOST_FILES", 2)
    for region in ("DE", "FR", "US"):
        kept_index(long_list, default_rulebook().dialled_from(region), tmp_path)
    kept = sorted(tmp_path.iterdir())
    assert len(kept) == 2
    os.utime(kept[0], (1000, 1000))
    assert remove_kept(tmp_path, before=2000) == 1
    assert remove_kept(tmp_path) == 1
    assert remove_kept(tmp_path / "none") == 0


def test_short_lists_and_folders_that_cannot_be_written_keep_none(
    companies: pd.DataFrame, long_list: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert len(kept_index(long_list, default_rulebook(), tmp_path / "file")) == len(companies)
    kept_index(long_list.head(2), default_rulebook(), tmp_path / "short")
    assert not (tmp_path / "short").exists()
