"""Whether a query only reads, by the words that its kind of database would see.

It catches mistakes: what a query may do is decided by the database, see ``database``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_READS = re.compile(r"[\s(]*(?:select|with|values|table)\b", re.IGNORECASE)
# A query that begins with WITH can end in these, and some drivers commit it by themselves.
_CHANGES = re.compile(r"\b(?:insert|update|delete|merge|into)\b|;(?=.)", re.IGNORECASE | re.DOTALL)
# Where no semicolon is needed between two statements, any word may begin the second.
_STATEMENTS = re.compile(
    r"\b(?:exec|execute|drop|truncate|alter|create|grant|revoke|deny|commit|backup|shutdown)\b",
    re.IGNORECASE,
)
# MySQL and MariaDB do what stands in such a comment.
_NO_COMMENT = re.compile(r"/\*M?!")

_TEXT, _NAME, _BLOCK = r"'(?:[^']|'')*'", r'"[^"]*"', r"/\*.*?\*/"
_LINE = r"--[^\n]*"
# With a backslash before it a quote ends nothing.
_ESCAPED = r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*\""""
_ORACLE = r"[nN]?[qQ]'(?:\[.*?\]|\{.*?\}|\(.*?\)|<.*?>|([^\s\[{(<]).*?\1)'"
# Comments, and what is in quotes, in the order in which they are looked for.
_SAID: Mapping[str, str] = {
    "postgresql": rf"{_LINE}|{_BLOCK}|\b[eE]'(?:[^'\\]|\\.|'')*'|(\$\w*\$).*?\1|{_TEXT}|{_NAME}",
    # Two dashes begin a comment where a blank follows them.
    "mysql": rf"--(?=\s)[^\n]*|#[^\n]*|{_BLOCK}|{_ESCAPED}|`[^`]*`",
    "oracle": rf"{_LINE}|{_BLOCK}|{_ORACLE}|{_TEXT}|{_NAME}",
    "mssql": rf"{_LINE}|{_BLOCK}|{_TEXT}|{_NAME}|\[[^\]]*\]",
    "": rf"{_LINE}|{_BLOCK}|{_TEXT}|{_NAME}|`[^`]*`|\[[^\]]*\]",
}
_LIKE = {"mariadb": "mysql"}


def why_not(query: str, kind: str) -> tuple[str, str] | None:
    """Return what is wrong with a query that may change something, and the cure; else None.

    ``kind`` is the name of the database's kind, such as ``postgresql``.

    >>> why_not("SELECT 'it; delete' FROM p", "sqlite") is None
    True
    >>> why_not("WITH x AS (SELECT 1) DELETE FROM p", "sqlite")[0]
    'the query may change the database'
    """
    said = _SAID.get(_LIKE.get(kind, kind), _SAID[""])
    # Not DOTALL alone: a comment of one line ends with it.
    bare = re.sub(said, " ", query, flags=re.DOTALL).rstrip("; \t\r\n")
    if _READS.match(bare) is None:
        return "the query reads nothing", "Begin it with SELECT or WITH."
    changes = _CHANGES.search(bare) or (kind == "mssql" and _STATEMENTS.search(bare))
    if changes or _NO_COMMENT.search(query):
        return "the query may change the database", "Write one SELECT, without INTO or UPDATE."
    return None
