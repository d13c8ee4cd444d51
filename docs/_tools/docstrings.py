"""Docstrings as Markdown: paragraphs, examples, lists of names."""

from __future__ import annotations

import re

# A name as in code, or several; a sentence with a colon begins otherwise.
_NAMED = re.compile(r"^([a-z_]\w*(?:, [a-z_]\w*)*):\s+(.*)$")
_HEADINGS = {"Attributes:", "Args:"}


def as_markdown(text: str) -> str:
    r"""Return the text of a docstring, dedented, as Markdown.

    >>> print(as_markdown("Add.\n\na:  one, and\n    more.\nb:  ``two``."))
    Add.
    <BLANKLINE>
    - `a`: one, and more.
    - `b`: `two`.
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(_block(block) for block in blocks if block)


def meanings(text: str) -> dict[str, str]:
    """Return the explanation of each name that a docstring lists (``name:  its meaning``)."""
    found: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text.strip()):
        for names, meant in _items(block) or ():
            found |= dict.fromkeys((name.strip() for name in names.split(",")), meant)
    return found


def _block(block: str) -> str:
    lines = block.splitlines()
    if lines[0].lstrip().startswith(">>>"):
        return "```python\n" + "\n".join(lines) + "\n```"
    if items := _items(block):
        return "\n".join(f"- {_names(names)}: {_inline(meant)}" for names, meant in items)
    if set(block) & set("├└│"):
        return f"```text\n{block}\n```"
    return _inline(" ".join(line.strip() for line in lines))


def _items(block: str) -> list[tuple[str, str]] | None:
    """Return the names that a block lists, each with its meaning; None if it is not a list."""
    lines = block.splitlines()
    lines = lines[1:] if lines[0].strip() in _HEADINGS else lines
    # Two in one line, as far as a docstring saves room: "own: the user's. excluded: others."
    items: list[tuple[str, str]] = []
    for line in lines:
        parts = re.split(r"(?<=\.)\s{2,}(?=\w+:)", line.strip())
        for part in parts:
            if named := _NAMED.match(part):
                items.append((named[1], named[2]))
            elif items:
                items[-1] = (items[-1][0], f"{items[-1][1]} {part}")
            else:
                return None
    return items or None


def _names(names: str) -> str:
    return ", ".join(f"`{name.strip()}`" for name in names.split(","))


def _inline(text: str) -> str:
    """Return text with its code marked in Markdown."""
    parts = re.split(r"(``.*?``)", text)
    return "".join(
        f"`{part[2:-2]}`"
        if part.startswith("``")
        else part.replace("*", r"\*").replace("<", "&lt;")
        for part in parts
    )
