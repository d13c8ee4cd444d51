"""The part of a workbook that a sheet stands in."""

from __future__ import annotations

import zipfile
from posixpath import join, normpath
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def sheet_parts(path: Path) -> dict[str, str]:
    """Return by the name of a sheet the entry of the archive that it is, where it is said."""
    try:
        with zipfile.ZipFile(path) as archive:
            ids = {e.get("name", ""): _id(e) for e in _all(archive, _BOOK, "sheet")}
            targets = {
                e.get("Id"): e.get("Target", "") for e in _all(archive, _RELATIONS, "Relationship")
            }
    except (KeyError, ParseError, DefusedXmlException, zipfile.BadZipFile):
        return {}
    named = {name: targets.get(each) for name, each in ids.items()}
    return {name: normpath(join("/xl", to)).lstrip("/") for name, to in named.items() if to}


def _all(archive: zipfile.ZipFile, entry: str, tag: str) -> Iterator[Element]:
    root: Element = fromstring(archive.read(entry))
    return (e for e in root.iter() if e.tag.rpartition("}")[2] == tag)


def _id(element: Element) -> str | None:
    ids = (value for name, value in element.items() if name.endswith("}id"))
    return next(ids, None)
