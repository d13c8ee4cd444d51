"""The tests of tests/spark on real engines: Spark with its Connect, and Sail.

They run in an environment of their own, since commands start slower where pyspark is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv" / "spark" / "bin" / "python"
# A JVM takes long to start and to warm up: the classic engine shows what differs there.
CHOSEN = {"sail": "", "classic": "brings or across"}


def has_java() -> bool:
    """Return whether there is a Java that Spark 4 runs on."""
    if shutil.which("java") is None:
        return False
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S607
    release = re.search(r'version "(\d+)', told)
    return release is not None and int(release[1]) >= 17


@pytest.mark.parametrize("engine", CHOSEN)
def test_stages_equal_those_of_pandas_on(engine: str) -> None:
    if not PYTHON.exists():
        pytest.skip("there is no Spark here: make .venv/.spark")
    if engine == "classic" and not has_java():
        pytest.skip("there is no Java 17 or newer here")
    command = [PYTHON, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/spark"]
    own = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(  # noqa: S603  our own tests
        [*command, "-k", CHOSEN[engine]], cwd=ROOT, env=own | {"GSPREP_TEST_ENGINE": engine},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout, done.stdout[-2000:]
