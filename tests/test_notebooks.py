"""The notebooks run from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from built_site import ran
from gallery import NOTEBOOKS, ROOT, outputs_of, run_notebooks
from postgresql import running_postgresql

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own libraries
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, shared_folder: Path) -> None:
    _is_good(ran(shared_folder) / path.name)


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own libraries
def test_the_warehouse_of_syncs_may_be_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_postgresql() as address:
        monkeypatch.setenv("DATABASE_URL", address)
        syncs = [path for path in NOTEBOOKS if path.stem == "syncs"]
        _is_good(run_notebooks(syncs, tmp_path) / "syncs.ipynb")


def _is_good(path: Path) -> None:
    outputs = outputs_of(nbformat.read(path, as_version=4))
    assert any(output["output_type"] == "execute_result" for output in outputs)
    assert not any(output["output_type"] == "error" for output in outputs)
    assert not any(str(ROOT) in output.get("text", "") for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs_and_without_logic(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not any(cell.outputs for cell in code)
    assert not any("def " in cell.source or "class " in cell.source for cell in code)
