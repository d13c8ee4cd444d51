"""The README names every command; its commands run in ``test_first_hour``."""

from __future__ import annotations

from pathlib import Path

from gsprep.cli import COMMANDS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_it_names_every_command() -> None:
    # A group stands for its commands.
    missing = [name for name in COMMANDS if f"gsprep {name.split()[0]}" not in README]
    assert missing == []


def test_its_blocks_are_fenced() -> None:
    """What stands in the code of a page any other way runs nowhere."""
    assert [line for line in README.splitlines() if line.startswith("    gsprep")] == []


def test_pictures_are_small() -> None:
    """They are fetched with every clone."""
    pictures = list((Path(__file__).parent.parent / "docs" / "images").iterdir())
    assert pictures
    assert all(picture.stat().st_size < 200_000 for picture in pictures)


def test_it_is_a_front_door() -> None:
    """What takes longer to read is in docs/, and both pictures are there."""
    assert README.count("\n") <= 250
    assert README.count("](docs/images/") == 2
