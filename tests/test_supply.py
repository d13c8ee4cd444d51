"""Origin of the data, locked dependencies and the list of components."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import sbom
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "rules" / "lists" / "SOURCES"
FIELDS = ["File", "What", "From", "Licence", "Date", "Changed"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def data_files() -> list[str]:
    rules = [path for path in (ROOT / "rules").rglob("*") if path.is_file() and path != SOURCES]
    samples = (ROOT / "gsprep" / "samples").glob("*.csv")
    return sorted(path.relative_to(ROOT).as_posix() for path in (*rules, *samples))


def test_each_data_file_has_one_source() -> None:
    assert sorted(source["File"] for source in sbom.read_sources()) == data_files()


def test_each_source_says_everything() -> None:
    for source in sbom.read_sources():
        assert list(source) == FIELDS, source
        assert all(source.values()), source


def test_notice_names_each_file_that_is_made_of_the_works_of_others() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    others = [source["File"] for source in sbom.read_sources() if source["From"] != "gsprep"]
    assert len(others) > 5
    assert [name for name in others if name not in notice] == []


@pytest.mark.parametrize(
    ("licence", "sentence"),
    [
        ("MIT", 'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND'),
        ("Apache-2.0", "4. Redistribution. You may reproduce and distribute copies"),
        ("Unicode-3.0", "UNICODE LICENSE V3"),
        ("CC0-1.0", "CC0 1.0"),
        ("Unlicense", "Unlicense"),
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/legalcode"),
        ("HPND-sell-variant", "Copyright 2000-2016 by Kevin Atkinson"),
    ],
)
def test_notice_holds_the_text_of_each_licence(licence: str, sentence: str) -> None:
    named = {one for source in sbom.read_sources() for one in source["Licence"].split("; ")}
    assert licence in named
    assert sentence in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_no_licence_is_without_a_text() -> None:
    named = {one for source in sbom.read_sources() for one in source["Licence"].split("; ")}
    works = {"MIT", "Apache-2.0", "Unicode-3.0", "CC0-1.0", "CC-BY-4.0", "Unlicense"}
    assert named == works | {"HPND-sell-variant"}


def locked(name: str) -> dict[str, str]:
    """Return the releases of a lock; each has a hash or the test ends here."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    pins: dict[str, str] = {}
    for line in re.findall(r"(?m)^\w.*$", text):
        pin = re.match(r"([\w.-]+)(?:\[[\w,]+\])?==(\S+)", line)
        assert pin, line
        assert "--hash=sha256:" in line, line
        pins[canonicalize_name(pin[1])] = pin[2]
    return pins


def requirements(*extras: str) -> list[Requirement]:
    """Return what gsprep and these extras ask for, with the extras they name in turn."""
    lines = [*PROJECT["dependencies"]]
    for extra in extras:
        found = [Requirement(line) for line in PROJECT["optional-dependencies"][extra]]
        lines += [str(need) for need in found if need.name != "gsprep"]
        own = [need for need in found if need.name == "gsprep"]
        lines += [str(need) for need in requirements(*(name for one in own for name in one.extras))]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(("name", "extras"), [("core.txt", ()), ("dev.txt", ("dev",))])
def test_a_lock_has_a_release_for_each_requirement(name: str, extras: tuple[str, ...]) -> None:
    pins = locked(name)
    wanting = [
        str(need)
        for need in requirements(*extras)
        if pins.get(canonicalize_name(need.name), "0") not in need.specifier
    ]
    assert wanting == []


def test_both_locks_have_the_same_releases_and_build_gsprep() -> None:
    core, dev = locked("core.txt"), locked("dev.txt")
    assert core.items() <= dev.items()
    assert {"hatchling", "editables"} <= core.keys()


def test_components_are_complete() -> None:
    """Everything gsprep requires is named once with a licence, and so is each data file."""
    document = sbom.document()
    refs = [component["bom-ref"] for component in document["components"]]
    assert len(refs) == len(set(refs))
    assert all(component["licenses"] for component in document["components"])
    libraries = {
        canonicalize_name(component["name"])
        for component in document["components"]
        if component["type"] == "library"
    }
    direct = {canonicalize_name(need.name) for need in requirements()}
    assert direct <= libraries
    data = [part["name"] for part in document["components"] if part["type"] == "data"]
    assert sorted(data) == data_files()


def test_each_dependency_of_a_component_is_a_component() -> None:
    document = sbom.document()
    own = document["metadata"]["component"]["bom-ref"]
    refs = {component["bom-ref"] for component in document["components"]} | {own}
    needs = {line["ref"]: line["dependsOn"] for line in document["dependencies"]}
    assert needs.keys() <= refs
    assert {ref for line in needs.values() for ref in line} == refs - {own} - {
        part["bom-ref"] for part in document["components"] if part["type"] == "data"
    }
