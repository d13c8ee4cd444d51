"""Run the notebooks and keep them with their outputs.

python docs/_tools/gallery.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_SECONDS = 120


def run_notebook(path: Path, into: Path) -> Path:
    """Run a notebook in an empty folder; return the file with its outputs."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    with TemporaryDirectory() as empty:
        resources = {"metadata": {"path": empty}}
        NotebookClient(notebook, timeout=_SECONDS, resources=resources).execute()
    for output in outputs_of(notebook):
        # Notes name the files of the sample by where they are on this machine.
        if "text" in output:
            output["text"] = output["text"].replace(f"{ROOT}/", "")
    into.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, into / path.name)  # type: ignore[no-untyped-call]
    return into / path.name


def outputs_of(notebook: nbformat.NotebookNode) -> list[Any]:
    """Return all outputs of a notebook, from top to bottom."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


if __name__ == "__main__":
    for each in NOTEBOOKS:
        run_notebook(each, Path(sys.argv[1]))
