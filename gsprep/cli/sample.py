"""The sample that travels with gsprep, laid where a person can look at it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from gsprep.cli.files import make_folder
from gsprep.errors import InputError
from gsprep.shipped import shipped

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("people.csv", "companies.csv", "truth.csv")


def lay_sample(folder: Path) -> tuple[Path, ...]:
    """Copy the files of the sample into a folder and return where they are.

    Raises InputError when one of that name is there: it may be somebody's own.
    """
    make_folder(folder)
    places = tuple(folder / name for name in FILES)
    there = [str(place) for place in places if place.exists()]
    if there:
        raise InputError(f"{', '.join(there)}: already there. Name another folder with --sample")
    for place in places:
        shutil.copyfile(shipped("samples", place.name), place)
    return places
