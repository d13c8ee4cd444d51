"""Cleaning and checking part by part: equal to the whole in every cell, resumable."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.cleaning.clean import CleaningOptions, clean
from gsprep.errors import MissingColumnsError
from gsprep.parts.check import CheckOptions, SharedKeys, check_parts
from gsprep.parts.clean import clean_parts
from gsprep.parts.work import Pace, working
from gsprep.report.files import reject_rows
from gsprep.report.finding_counts import CheckCounts, findings_of
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import text_frame, without_reasons
from gsprep.schemas.objects import CompanyPerson, Person
from gsprep.tables.parts import parts_of
from gsprep.tables.read import read
from gsprep.validation.check import check, checked_persons

if TYPE_CHECKING:
    from gsprep.results import Checked

_ID = "1P04" + "A" * 14
# Only the last rows show the order of dates, the decimal sign and most prefixes; the first and the
# last row are one person, in contradiction, and so are one mailbox and the rows without an address.
ROWS = pd.DataFrame(
    [
        ["ana@acme.com", None, "Ruiz, Ana", "03/04/2026", "1.234", "P", "a", None],
        [" Bo@acme.com", None, "Berg, Bo", "05/06/2026", "2.345", "", None, "GSOBJ_VCUSTOM1007"],
        ["c@", None, "Young, Cy", "soon", None, None, None, None],
        ["dee+x@gmail.com", None, "Dorn, Di", None, "x", None, None, None],
        [None, f"{_ID}{'1' * 18}", "Eck, Ed", "n/a", None, None, "b", None],
        ["info@acme.com", None, "Fox, Flo", "20/04/2026", "1,5", None, None, None],
        [None, f"{_ID}{'1' * 18}", "Eck, Ed", "n/a", None, None, "b", None],
        ["de.e@gmail.com", f"{_ID[:-1]}B{'2' * 18}", "Gil, Gus", None, None, None, None, None],
        ["Ana@Acme.com", None, "Ruiz, Ana", "04/05/2026", None, "Q", None, "GSOBJ_VCUSTOM1007"],
        ["bo@acme.com", None, "Berg, Bo", None, None, "", None, "GSOBJ_VCUSTOM1007"],
    ],
    columns=[
        "Email", "Gsid", "Name", "CreatedDate", "MasterAvatarTypeCode", "Comments", "Other",
        "codes",
    ],
    dtype="str",
)  # fmt: skip
REJECTED_BEFORE = ROWS.assign(messages=None, hints=None, suggestions=None)


def _write(frame: pd.DataFrame, path: Path, rows: int = 100) -> Path:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=rows)
    return path


def _together(folder: Path) -> pd.DataFrame:
    parts = [pq.read_table(path).to_pandas() for path in sorted(folder.iterdir())]
    return pd.concat(parts, ignore_index=True).astype("str")


def _divided(folder: Path, frame: pd.DataFrame, cuts: list[int]) -> tuple[Path, pd.DataFrame]:
    """Write a frame as files of a folder; return the folder, and the frame of one file of all."""
    source = folder / "rows"
    source.mkdir()
    edges = [0, *sorted(cuts), len(frame)]
    for at, (begin, end) in enumerate(itertools.pairwise(edges)):
        _write(frame.iloc[begin:end], source / f"{at}.parquet")
    return source, read(_write(frame, folder / "whole.parquet"), of=PERSON).frame


_CUTS = st.lists(st.integers(0, len(ROWS)), max_size=2)
_ORDERS = st.permutations(range(len(ROWS)))


@given(cuts=_CUTS, order=_ORDERS, size=st.integers(4, 10))
def test_cleaned_parts_are_equal_to_the_whole(cuts: list[int], order: list[int], size: int) -> None:
    with TemporaryDirectory() as name:
        source, whole = _divided(Path(name), ROWS.iloc[order], cuts)
        out = Path(name) / "out"
        how = CleaningOptions(region="US")
        done = clean_parts(parts_of(source, PERSON, rows=size), Person, out, how)
        expected = clean(whole, Person, region="US")
        pd.testing.assert_frame_equal(_together(out / "cleaned"), expected.frame)
        pd.testing.assert_frame_equal(_together(out / "changes"), expected.changes)
        assert sum(done.changed.values()) == len(expected.changes)
        assert expected.changes["rule"].isin(["name_order"]).any()


def _expected(checked: Checked, whole: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    warnings = checked.findings[checked.findings["severity"] == "warning"]
    return reject_rows(text_frame(whole), checked), warnings.reset_index(drop=True)


@settings(max_examples=settings().max_examples // 2)
@given(cuts=_CUTS, order=_ORDERS, size=st.integers(4, 10), again=st.booleans())
def test_checked_parts_are_equal_to_the_whole(
    cuts: list[int],
    order: list[int],
    size: int,
    again: bool,  # noqa: FBT001  an example
) -> None:
    rows = (REJECTED_BEFORE if again else ROWS).iloc[order]
    with TemporaryDirectory() as name:
        source, given = _divided(Path(name), rows, cuts)
        out, whole = Path(name) / "out", without_reasons(given)
        done = check_parts(parts_of(source, PERSON, rows=size), Person, out)
        checked = check(whole, Person)
        rejects, warnings = _expected(checked, whole)
        pd.testing.assert_frame_equal(_together(out / "rejects"), rejects)
        pd.testing.assert_frame_equal(_together(out / "warnings"), warnings)
        valid = text_frame(checked.valid.reset_index(drop=True))
        pd.testing.assert_frame_equal(_together(out / "valid"), valid)
        reasons = findings_of(checked.findings)
        assert done.counts.reasons == reasons
        assert [one.first for one in done.counts.reasons] == [one.first for one in reasons]
        none = pd.Series(dtype="str")
        counts = CheckCounts.of(len(whole), len(rejects), checked.findings, none)
        assert (done.counts.valid, done.counts.codes) == (counts.valid, counts.codes)
        codes = given["codes"].eq("GSOBJ_VCUSTOM1007") & given["row_id"].isin(
            checked.valid["row_id"]
        )
        assert done.contradicted == (codes.sum() if again else 0)


def test_associations_are_checked_with_their_persons(tmp_path: Path) -> None:
    persons = pd.DataFrame({"Email": ["ana@acme.com", "bo@"]})
    company = "1P02" + "A" * 32
    links = pd.DataFrame(
        {
            "Email": ["ana@acme.com", "cy@acme.com", "bo@", "ana@acme.com"],
            "Company_ID": [company, company, company, company[:-1] + "B"],
            "IsPrimaryCompany": ["true", "true", "true", "true"],
        }
    )
    source = _write(links, tmp_path / "links.parquet", 1)
    known = checked_persons(persons, ("Email",))
    how = CheckOptions(persons=known)
    parts = parts_of(source, rows=1)
    with working(2) as pace:
        done = check_parts(parts, CompanyPerson, tmp_path / "out", how, pace)
    checked = check(read(source).frame, CompanyPerson, persons=persons)
    rejects, warnings = _expected(checked, read(source).frame)
    pd.testing.assert_frame_equal(_together(tmp_path / "out" / "rejects"), rejects)
    pd.testing.assert_frame_equal(_together(tmp_path / "out" / "warnings"), warnings)
    assert (done.counts.rejected, done.parts, done.resumed) == (2, 4, 0)
    assert check_parts(parts, CompanyPerson, tmp_path / "out", how).resumed == 4
    other = check_parts(parts, CompanyPerson, tmp_path / "out", CheckOptions())
    assert (other.counts.rejected, other.resumed) == (1, 0)


def test_interrupted_cleaning_goes_on(tmp_path: Path) -> None:
    source = _write(ROWS, tmp_path / "rows.parquet", 2)
    out = tmp_path / "out"

    def stop(stage: str, done: int, _: int) -> None:
        if stage == "clean" and done >= 4:
            raise KeyboardInterrupt

    parts = parts_of(source, PERSON, rows=2)
    with pytest.raises(KeyboardInterrupt):
        clean_parts(parts, Person, out, None, Pace(1, stop))
    done = clean_parts(parts, Person, out)
    assert (done.rows, done.parts, done.resumed) == (10, 5, 2)
    pd.testing.assert_frame_equal(_together(out / "cleaned"), clean(read(source).frame).frame)
    other = clean_parts(parts, Person, out, CleaningOptions(region="US"))
    assert other.resumed == 0


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    source = _write(ROWS[["Name", "Comments"]], tmp_path / "rows.parquet")
    with pytest.raises(MissingColumnsError, match="Email"):
        check_parts(parts_of(source, PERSON), Person, tmp_path / "out")


_HASHES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=24)


@given(hashes=_HASHES, cut=st.integers(0, 24), rows=st.integers(1, 9), at_once=st.integers(1, 30))
def test_rows_that_share_a_key_are_in_one_group(
    hashes: list[tuple[int, int]], cut: int, rows: int, at_once: int
) -> None:
    """Rows are in one group if a chain of shared hashes joins them; the others are left out."""
    table = np.array(hashes, dtype=np.uint64).reshape(-1, 2)
    positions = [np.arange(len(table[:cut])), np.arange(len(table[cut:])) + 5]
    columns = [lambda at=at: (table[:cut, at], table[cut:, at]) for at in (0, 1)]
    found = SharedKeys.of(lambda: positions, columns, rows, at_once)
    joined = [{row} for row in range(len(table))]
    for one, other in itertools.combinations(range(len(table)), 2):
        if ((table[one] == table[other]) & (table[one] > 0)).any():
            both = joined[one] | joined[other]
            for row in both:
                joined[row] = both
    shared = [row for row in range(len(table)) if len(joined[row]) > 1]
    places = [*found.places[0], *(found.places[1] - 5 + len(positions[0]))]
    owners = dict(zip(places, np.concatenate(found.owners).tolist(), strict=True))
    assert places == shared
    assert all(len({owners[row] for row in joined[row]}) == 1 for row in shared)
    assert [tuple(one) for one in found.groups] == sorted(Counter(owners.values()).items())
