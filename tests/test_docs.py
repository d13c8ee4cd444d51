"""What the pages list is what the code has, and the site builds."""

from __future__ import annotations

import re
from doctest import DocTestParser
from inspect import isclass, signature
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blocks import blocks_of
from built_site import demo, site
from calls import STAGES, documented, parameters, public_calls
from each_row import each_row
from gallery import NOTEBOOKS
from generated import PARTS, help_of

import gsprep
from gsprep import errors
from gsprep.calls import endpoints, limits
from gsprep.cleaning.rules import all_rules
from gsprep.cli import COMMANDS, exit_codes
from gsprep.report.files import RUN_FILES
from gsprep.report.sentences import rule_sentences
from gsprep.shipped import shipped
from gsprep.tables.read import read_table
from gsprep.unification.rulebook import Rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = public_calls()
# They take any value and only change what is shown.
RAISE_NOTHING = {"RunOptions", "progress", "reveal"}
ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def names_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def columns_told(name: str) -> tuple[set[str], bool]:
    """Return the columns that files.md tells of a file, and whether it has the user's own."""
    text = (DOCS / "reference" / "files.md").read_text(encoding="utf-8")
    part = text.split(f"\n### {name}\n", 1)[1].split("\n##", 1)[0]
    rows = [line.split("|")[1] for line in part.splitlines() if line.startswith("| ")][1:]
    return set(re.findall(r"`([^`]+)`", " ".join(rows))), "*your columns*" in part


@pytest.mark.parametrize("name", [name for name in RUN_FILES if name.endswith(".csv")])
def test_every_column_of_every_file_of_a_run_is_told(shared_folder: Path, name: str) -> None:
    told, with_own = columns_told(name)
    out = demo(shared_folder)
    written = set(read_table(out / name).columns)
    assert told <= written
    assert written <= told | (own_columns(out, name) if with_own else set())


def own_columns(out: Path, name: str) -> set[str]:
    """Return the columns of the sample's file, under Gainsight's names."""
    if name == "rejected_companies.csv":
        return set(read_table(shipped("samples", "companies.csv")).columns)
    return set(read_table(out / "rejects.csv").columns)


def test_files_that_are_no_tables_are_told() -> None:
    text = (DOCS / "reference" / "files.md").read_text(encoding="utf-8")
    assert [name for name in RUN_FILES if name not in text] == []


def test_every_exit_code_is_told() -> None:
    text = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and name[0] != "_"}
    assert told == codes


def test_every_cleaning_rule_has_its_sentence() -> None:
    assert sorted(rule_sentences()) == sorted(all_rules())


def test_every_limit_is_told_as_it_is_kept() -> None:
    text = (DOCS / "reference" / "limits.md").read_text(encoding="utf-8")
    kept = [
        f"{limits.CALLS_PER_MINUTE} a minute and {limits.CALLS_PER_DAY:,} a day",
        f"{limits.JOBS_PER_HOUR} an hour and {limits.JOBS_PER_DAY} a day",
        f"people in one bulk call | {limits.RECORDS_PER_CALL} |",
        f"one job | {limits.BYTES_PER_CALL // 1_000_000} MB |",
        f"{limits.GSIDS_PER_DELETE:,} Gsids a call, {limits.DELETES_PER_HOUR} calls an hour",
        f"objects are read | {endpoints.ROWS_PER_PAGE:,} |",
    ]
    assert [line for line in kept if line not in text] == []


def test_every_message_of_the_faq_is_one_of_the_code() -> None:
    text = (DOCS / "faq.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "gsprep").rglob("*.py"))
    # A sentence may go on in the next line of the code.
    joined = re.sub(r'"\s*\n\s*f?"', "", code)
    pieces = re.sub(r"\{[^{}]*\}", "", joined)
    assert len(told) > 8
    assert [message for message in told if message not in pieces] == []


def test_every_entry_of_a_rulebook_has_a_meaning() -> None:
    rows = [line for line in PARTS["rulebook"]().splitlines() if line.startswith("| `")]
    assert len(rows) > 30
    assert [row for row in rows if row.endswith("|  |")] == []
    assert all(f"`{name}`" in "\n".join(rows) for name in Rulebook.model_fields)


def test_every_public_name_stands_in_the_reference() -> None:
    schemas = PARTS["schemas"]()
    named = {name.partition(".")[0] for stage in STAGES.values() for name in stage.names}
    assert {name for name in gsprep.__all__ if f"### {name}\n" not in schemas} == named


@each_row("name", CALLS)
def test_a_public_call_tells_all_of_itself(name: str) -> None:
    call, told = CALLS[name], documented(CALLS[name])
    assert told.summary.endswith(".")
    assert told.listed.keys() == {one.name for one in parameters(call)}
    assert isclass(call) or told.returns
    if returns_frame(call):
        assert "column" in told.returns
    assert bool(told.raises) is (name not in RAISE_NOTHING)
    assert told.raises.keys() <= {*vars(errors), "ValidationError"}
    assert any(example.want for example in DocTestParser().get_examples(told.examples))


def returns_frame(call: Callable[..., object]) -> bool:
    return not isclass(call) and signature(call).return_annotation == "pd.DataFrame"


@each_row("part", ["result_types", "reply_types"])
def test_every_part_of_a_result_has_a_type_and_a_meaning(part: str) -> None:
    rows = [line.split(" | ") for line in PARTS[part]().splitlines() if line.startswith("| `")]
    assert len(rows) > 20
    assert [name for name, kind, meaning in rows if not kind.strip() or meaning == " |"] == []


def test_the_page_of_a_call_shows_its_signature_and_its_result() -> None:
    page = PARTS["calls_clean"]()
    assert "{py:function} gsprep.clean(frame, schema=Person, *, region=None, key=())" in page
    assert "| `region` | str or None | `None` | the default country" in page
    assert "| `changes` | DataFrame | one line per cell and rule; columns row_id" in page
    assert "| {py:obj}`InputError` | if no column is a field" in page


@each_row("command", COMMANDS)
def test_every_command_tells_of_itself(command: str) -> None:
    told = help_of(command)
    assert told.startswith(f"Usage: gsprep {command}")
    assert max(map(len, told.splitlines())) <= 100


@each_row("command", COMMANDS)
def test_the_page_of_every_command_has_an_example_with_its_output(command: str) -> None:
    page = DOCS / "reference" / "commands" / f"{command.split(maxsplit=1)[0]}.md"
    part = page.read_text(encoding="utf-8").split(f"(command-{command.replace(' ', '-')})=\n")[1]
    part, _, _ = part.partition("\n(command-")
    shown = re.search(
        rf"```console[^\n]*\n(?:gsprep .*\n)*gsprep {command}(?: .*)?\n```\n+"
        r"(?:```text\n *\S|It prints nothing\.)",
        part,
    )
    assert shown, f"no example of gsprep {command} with its output"
    assert f"%help_{command.replace(' ', '_')}%" in part
    # `only its options are checked` would be no output of the command.
    assert "tenant" not in [mark for block in blocks_of(page) for mark in block.marks]


@each_row("page", PAGES, ids=names_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        # The gallery is made when the pages are built.
        kept = link.replace("gallery/", "../notebooks/")
        assert (page.parent / kept).exists(), link


@pytest.fixture
def built(shared_folder: Path) -> Path:
    return site(shared_folder)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the notebooks' kernel
def test_the_site_builds_without_a_warning_and_needs_nothing_from_elsewhere(built: Path) -> None:
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]+)"', text)
        assert [address for address in loaded if "//" in address] == []
    command = built / "reference" / "commands" / "run.html"
    assert 'id="command-run"' in command.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_first_page_has_two_pictures_and_a_link_in_every_row(built: Path) -> None:
    text = (built / "index.html").read_text(encoding="utf-8").split("<article", 1)[1]
    assert len(re.findall(r"<figure.*?<img", text, re.DOTALL)) == 2
    rows = re.findall(r"<tr.*?</tr>", text, re.DOTALL)[1:]
    assert len(rows) > 4
    assert [row for row in rows if "<a " not in row] == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_gallery_shows_the_outputs_of_every_notebook(built: Path, path: Path) -> None:
    text = (built / "gallery" / f"{path.stem}.html").read_text(encoding="utf-8")
    assert text.count('class="output') > 3
    assert "Traceback" not in text


def test_the_two_commands_of_the_first_page_are_those_of_the_readme() -> None:
    first, readme = (
        next(block.text for block in blocks_of(page) if block.language == "sh")
        for page in (DOCS / "index.md", ROOT / "README.md")
    )
    assert first == readme
