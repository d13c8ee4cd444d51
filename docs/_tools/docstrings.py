"""Docstrings as Markdown, and their sections as tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from textwrap import dedent

# A name as in code, or several; a sentence with a colon begins otherwise.
_NAMED = re.compile(r"^([A-Za-z_]\w*(?:, [A-Za-z_]\w*)*):\s+(.*)$")
_SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Examples):$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sections:
    """A docstring by its sections.

    Attributes:
        summary: the first paragraph.
        text: the paragraphs after it that are no section and list no names.
        listed: names and their meanings, from Args, Attributes, or a list without a heading.
        returns: what a call returns, "" without the section.
        raises: the errors and when they are raised.
        examples: lines with >>> and their output.
    """

    summary: str
    text: str = ""
    listed: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    raises: dict[str, str] = field(default_factory=dict)
    examples: str = ""


def sections(text: str) -> Sections:
    r"""Return the sections of a docstring, dedented.

    >>> found = sections("Add.\n\nArgs:\n    a: one.\n\nRaises:\n    InputError: for none.")
    >>> found.summary, found.listed, found.raises
    ('Add.', {'a': 'one.'}, {'InputError': 'for none.'})
    """
    head, *rest = _SECTION.split(text.strip())
    parts = dict(zip(rest[::2], map(dedent, rest[1::2]), strict=True))
    summary, *paragraphs = _blocks(head)
    plain = [block for block in paragraphs if not _items(block) and ">>>" not in block]
    listed = "\n\n".join(block for block in paragraphs if _items(block))
    return Sections(
        summary=summary,
        text="\n\n".join(plain),
        listed=meanings("\n\n".join((listed, parts.get("Attributes", ""), parts.get("Args", "")))),
        returns=parts.get("Returns", "").strip(),
        raises=meanings(parts.get("Raises", "")),
        examples=parts.get("Examples", "").strip("\n"),
    )


def as_markdown(text: str) -> str:
    r"""Return the text of a docstring, dedented, as Markdown.

    >>> print(as_markdown("Add.\n\na:  one, and\n    more.\nb:  ``two``."))
    Add.
    <BLANKLINE>
    - `a`: one, and more.
    - `b`: `two`.
    """
    return "\n\n".join(map(_block, _blocks(text)))


def meanings(text: str) -> dict[str, str]:
    """Return the explanation of each name that a docstring lists (``name:  its meaning``)."""
    found: dict[str, str] = {}
    for block in _blocks(text):
        for names, meant in _items(block) or ():
            found |= dict.fromkeys((name.strip() for name in names.split(",")), meant)
    return found


def _blocks(text: str) -> list[str]:
    return [block for block in re.split(r"\n\s*\n", text.strip()) if block]


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
    lines = lines[1:] if _SECTION.fullmatch(lines[0].strip()) else lines
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
