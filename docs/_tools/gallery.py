"""Run the notebooks and keep them with their outputs.

python docs/_tools/gallery.py FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_SECONDS = 600
# A notebook begins as in a new kernel, which takes longer to start than most notebooks take to run:
# without names, in its folder, with the environment that this process has.
_AFRESH = """
import os
os.chdir({folder!r})
os.environ.clear()
os.environ.update({environ!r})
get_ipython().reset(new_session=True)
"""


def run_notebooks(paths: Iterable[Path], into: Path) -> Path:
    """Run notebooks, each in an empty folder; return the folder of the files with their outputs."""
    into.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(new_notebook(), timeout=_SECONDS)
    with client.setup_kernel():
        for path in paths:
            notebook = nbformat.read(path, as_version=4)
            with TemporaryDirectory() as empty:
                afresh = new_code_cell(_AFRESH.format(folder=empty, environ=dict(os.environ)))
                client.nb = new_notebook(cells=[afresh])
                client.execute_cell(afresh, 0, store_history=False)
                client.nb = notebook
                client.execute(cleanup_kc=False)
            for output in outputs_of(notebook):
                # Notes name the files of the sample by where they are on this machine.
                if "text" in output:
                    output["text"] = output["text"].replace(f"{ROOT}/", "")
            nbformat.write(notebook, into / path.name)
    return into


def outputs_of(notebook: nbformat.NotebookNode) -> list[Any]:
    """Return all outputs of a notebook, from top to bottom."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


if __name__ == "__main__":
    run_notebooks(NOTEBOOKS, Path(sys.argv[1]))
