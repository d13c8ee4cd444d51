"""Frames from the files of generate.py, for any tool.

    python benchmarks/to_frames.py FOLDER

people.parquet     row_id, Email, CompanyName, Phone, Country, and OtherEmails if the list has
                   second addresses: raw cells
companies.parquet  Gsid, Name, Domain, Phone, Country
"""

from __future__ import annotations

import sys
from pathlib import Path

from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.tables.read import read

PERSON_COLUMNS = ["row_id", "Email", "CompanyName", "Phone", "Country"]
COMPANY_COLUMNS = ["Gsid", "Name", "Domain", "Phone", "Country"]


def main(folder: Path) -> None:
    """Read the two files in ``folder`` and write the two frames next to them."""
    people = read(folder / "people.csv", of=PERSON).frame
    others = [name for name in ("OtherEmails",) if name in people.columns]
    people[PERSON_COLUMNS + others].to_parquet(folder / "people.parquet", index=False)
    companies = read(folder / "companies.csv", of=COMPANY).frame
    companies[COMPANY_COLUMNS].to_parquet(folder / "companies.parquet", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
