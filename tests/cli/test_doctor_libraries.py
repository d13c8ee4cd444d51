"""Versions that will not do are named with what to do."""

from __future__ import annotations

import pytest

from gsprep.cli.doctor import installed, library_points


def states(**versions: str | None) -> dict[str, tuple[str, str, str]]:
    """Look at this environment, some libraries in another version, None for not there."""
    found = {name.replace("_", "-"): version for name, version in versions.items()}
    points = library_points(lambda name: found.get(name.lower(), installed(name)))
    return {point.name: (point.state, point.finding, point.cure) for point in points}


def test_what_the_tests_run_with_is_good() -> None:
    told = states()
    # An extra that the tests do without may not be there.
    needed = {name: state for name, (state, _, _) in told.items() if not name.startswith("extra")}
    assert set(needed.values()) == {"good"}
    assert list(told)[:3] == ["gsprep", "Python", "libraries"]
    assert "extra sql" in told
    assert "extra dev" not in told


@pytest.mark.parametrize(
    ("library", "version", "told", "cure"),
    [
        pytest.param("pandas", None, "not installed", "pip install 'pandas<4,>=3'", id="not there"),
        pytest.param(
            "pandas", "2.3.3", "2.3.3: its text columns have another type",
            "pip install 'pandas<4,>=3'", id="known to be bad",
        ),
        pytest.param(
            "waitress", "3.0.0", "3.0.0: it may process a request that it refused "
            "(CVE-2024-49768)", "pip install 'waitress<4,>=3.0.2'", id="known to be unsafe",
        ),
        pytest.param(
            "httpx", "1.2", "1.2, but <1,>=0.28 is needed", "pip install 'httpx<1,>=0.28'",
            id="too new",
        ),
    ],
)  # fmt: skip
def test_a_library_that_will_not_do(
    library: str, version: str | None, told: str, cure: str
) -> None:
    found = states(**{library: version})
    assert found[library] == ("wrong", told, cure)
    assert "libraries" not in found


def test_an_extra_that_is_not_there_is_no_fault() -> None:
    state, told, cure = states(sqlalchemy=None)["extra sql"]
    assert (state, told) == ("left", "not installed: sqlalchemy")
    assert "pip install 'gsprep[sql]'" in cure


def test_an_extra_in_a_bad_version_is_one() -> None:
    assert states(sqlalchemy="1.4")["sqlalchemy"][0] == "wrong"
