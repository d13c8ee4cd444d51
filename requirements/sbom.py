"""Write the components of gsprep as a CycloneDX document.

python requirements/sbom.py FILE

Components are gsprep's installed runtime dependencies with version and licence, and the works its
data come from (rules/lists/SOURCES). The same installation gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(__file__).resolve().parent.parent / "rules" / "lists" / "SOURCES"
NAME = "gsprep"
LICENCE_CLASSIFIER = "License :: OSI Approved :: "
# A licence field that holds the whole text names no licence.
LONGEST_LICENCE_NAME = 60


def main() -> None:
    """Write the document to the file named on the command line."""
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(), indent=2) + "\n", encoding="utf-8", newline="\n")


def document() -> dict[str, Any]:
    """Return the CycloneDX document of the installed gsprep."""
    needs = _closure()
    found = {name: distribution(name) for name in sorted(needs)}
    libraries = [component(package) for name, package in found.items() if name != NAME]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(found[NAME], kind="application")},
        "components": libraries + [_data(source) for source in read_sources()],
        "dependencies": [
            {"ref": _purl(found[name]), "dependsOn": [_purl(found[need]) for need in needs[name]]}
            for name in found
        ],
    }


def component(package: Distribution, kind: str = "library") -> dict[str, Any]:
    """Return a distribution as a component."""
    return {
        "type": kind,
        "bom-ref": _purl(package),
        "name": package.metadata["Name"],
        "version": package.version,
        "licenses": _licences(package),
        "purl": _purl(package),
    }


def read_sources(path: Path = SOURCES) -> list[dict[str, str]]:
    """Return the blocks of SOURCES: name of a field, its text."""
    text = re.sub(r"\n[ \t]+", " ", path.read_text(encoding="utf-8"))
    blocks = re.sub(r"(?m)^#.*\n", "", text).strip().split("\n\n")
    return [dict(line.split(": ", 1) for line in block.strip().splitlines()) for block in blocks]


def _data(source: dict[str, str]) -> dict[str, Any]:
    named = dict.fromkeys(source["Licence"].split("; "))
    return {
        "type": "data",
        "bom-ref": source["File"],
        "name": source["File"],
        "version": source["Date"],
        "description": f"{source['What']}. From: {source['From']}",
        "licenses": [{"license": {"id": licence}} for licence in named],
    }


def _closure() -> dict[str, list[str]]:
    """Return the names of gsprep and of all that it needs here, each with what it needs itself."""
    extras = {NAME: {""}}
    needs: dict[str, list[str]] = {}
    pending = [NAME]
    while pending:
        name = pending.pop()
        found = list(_needs(distribution(name), extras[name]))
        needs[name] = sorted({canonicalize_name(need.name) for need in found})
        for need in found:
            known = extras.setdefault(canonicalize_name(need.name), set())
            if not {"", *need.extras} <= known:
                known.update(("", *need.extras))
                pending.append(canonicalize_name(need.name))
    return needs


def _needs(package: Distribution, extras: set[str]) -> Iterator[Requirement]:
    """Yield what a distribution with these extras needs on this Python and system."""
    for need in map(Requirement, package.requires or ()):
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
            yield need


def _licences(package: Distribution) -> list[dict[str, Any]]:
    """Return the licence expression, else the licence's short name, else its classifiers."""
    about = package.metadata
    if "License-Expression" in about:
        return [{"expression": about["License-Expression"]}]
    if "License" in about and 0 < len(about["License"]) <= LONGEST_LICENCE_NAME:
        return [{"license": {"name": about["License"]}}]
    lines = about.get_all("Classifier") or []
    found = [line for line in lines if line.startswith(LICENCE_CLASSIFIER)]
    return [{"license": {"name": line.removeprefix(LICENCE_CLASSIFIER)}} for line in found]


def _purl(package: Distribution) -> str:
    return f"pkg:pypi/{canonicalize_name(package.metadata['Name'])}@{package.version}"


if __name__ == "__main__":
    main()
