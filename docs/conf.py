"""Settings of Sphinx; ``make docs`` builds the pages without network access."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_tools"))

from generated import PARTS  # noqa: E402  found by the line above
from pygments.lexers.shell import BashLexer  # noqa: E402

import gsprep  # noqa: E402  after the path is set

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "gsprep"
author = "the makers of gsprep"
version = release = gsprep.__version__
extensions = ["myst_nb"]
exclude_patterns = ["_tools"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# Notebooks ran before the pages are built: docs/_tools/gallery.py.
nb_execution_mode = "off"
nitpicky = True

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"gsprep {version}"
# No fonts, scripts or counters from other sites: the theme contains everything.
html_theme_options = {"source_view_link": "", "source_edit_link": ""}
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
highlight_language = "text"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
# A long signature has one parameter in a line.
maximum_signature_line_length = 70
python_use_unqualified_type_names = True


def _fill(_: Sphinx, __: str, source: list[str]) -> None:
    """Replace ``%name%`` on a line of its own by the part generated from the code."""
    for name, write in PARTS.items():
        mark = f"\n%{name}%\n"
        if mark in source[0]:
            source[0] = source[0].replace(mark, f"\n{write()}\n")


def _index_codes(_: Sphinx, name: str, source: list[str]) -> None:
    """List the codes of the page on error codes in the index, where the search looks first."""
    if name == "error-codes":
        codes = sorted(set(re.findall(r"(?<=^\| `)[A-Z]+_\w+(?=`)", source[0], re.MULTILINE)))
        title, text = source[0].split("\n", 1)
        source[0] = (
            f"{title}\n\n```{{index}} {', '.join(f'! {code}' for code in codes)}\n```\n{text}"
        )


def setup(app: Sphinx) -> None:
    """Connect the functions that fill the pages."""
    # Blocks of a console hold commands alone, without a prompt.
    app.add_lexer("console", BashLexer)
    app.connect("source-read", _fill)
    app.connect("source-read", _index_codes)
