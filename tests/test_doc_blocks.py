"""Every block of code on the pages runs, in the order in which it stands there."""

from __future__ import annotations

import doctest
import io
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from contextlib import (
    ExitStack,
    closing,
    contextmanager,
    nullcontext,
    redirect_stderr,
    redirect_stdout,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from blocks import Block, blocks_of
from event_list import write_accounts, write_companies, write_event_list

import gsprep
from gsprep.cleaning.recipe import read_recipe
from gsprep.cli import COMMANDS
from gsprep.cli.main import load, run_command
from gsprep.errors import RulebookError
from gsprep.mapping.mapping_file import read_mapping
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.faults import read_faults
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.shipped import shipped
from gsprep.syncs.definition_file import read_definitions
from gsprep.tables.read import read_table
from gsprep.unification.answers import read_answers
from gsprep.unification.known import usable_known
from gsprep.unification.rulebook import read_rulebook
from gsprep.unification.tuning.logit import truth_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
SAMPLE = ("people.csv", "companies.csv", "truth.csv")
# The tutorial tells of the whole sample; other pages do with a part of it.
SHORT, LONG_PAGE = 300, "tutorial.md"
# What pages call the tenant, and an object of its own; a simulator takes its place.
TENANT, KEY = "https://acme.gainsightcloud.com", "the-key"
PLAN = (Field("Name"), Field("Code__gc"), Field("Size__gc", "NUMBER"))


def names_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to stand in, without any setting of this machine."""
    for name in ("GAINSIGHT_URL", "GAINSIGHT_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GSPREP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=names_of)
def test_every_block_of_a_page_runs(page: Path, folder: Path) -> None:
    if page.name != LONG_PAGE:
        lay_sample(folder)
    if page.name == "event-list.md":
        lay_event_list(folder)
    with closing(Page(folder)) as runner:
        for block in blocks_of(page):
            runner.take(block, f"{names_of(page)}:{block.line}")


def some_people() -> pd.DataFrame:
    return gsprep.read_table(shipped("samples", "people.csv")).head(20)


def lay_sample(folder: Path) -> None:
    for name in SAMPLE:
        whole = shipped("samples", name).read_bytes().splitlines(keepends=True)
        kept = whole if name == "companies.csv" else whole[: SHORT + 1]
        (folder / name).write_bytes(b"".join(kept))


def lay_event_list(folder: Path) -> None:
    write_event_list(folder / "event.xlsx")
    write_accounts(folder / "accounts.csv")
    write_companies(folder / "companies.csv")


@dataclass
class Page:
    """Takes the blocks of one page in their order, in one folder."""

    folder: Path
    names: dict[str, object] = field(default_factory=dict)
    printed: str | None = None
    tenant: ExitStack = field(default_factory=ExitStack)
    url: str = ""

    def close(self) -> None:
        """Stop the tenant that the page used, if it used one."""
        self.tenant.close()

    def take(self, block: Block, place: str) -> None:
        """Run a block; what a console prints is what the block of text behind it has to show."""
        readers = {
            "console": self._console, "json": self._json, "python": self._python,
            "sh": self._shell, "text": self._text, "yaml": self._yaml,
        }  # fmt: skip
        assert block.language in readers, f"{place}: nothing reads {block.language!r}"
        if name := block.marks.get("file"):
            (self.folder / name).write_text(block.text, encoding="utf-8")
        printed, self.printed = self.printed, None
        readers[block.language](block, place, printed)

    def _console(self, block: Block, place: str, _: str | None) -> None:
        if review := block.marks.get("answers"):
            answer_some(self.folder / review, self.folder / "answered.csv")
        said = io.StringIO()
        for words in block.commands:
            if "tenant" in block.marks:
                check_options(words)
                continue
            assert words[0] == "gsprep", f"{place}: {words}"
            if "serves" in block.marks:
                said.write(first_lines(words, self.folder))
                continue
            errors = redirect_stderr(said) if "both" in block.marks else nullcontext()
            with redirect_stdout(said), errors, self._served(block) as to_acme:
                code = run_command(to_acme(words[1:]))
            assert code in block.ends, f"{place}: {words} ended with {code}"
        said_here = said.getvalue().replace(f"{self.folder}/", "")
        self.printed = said_here.replace(self.url or TENANT, TENANT)
        assert "quiet" not in block.marks or not self.printed, f"{place}: it prints {self.printed}"

    @contextmanager
    def _served(self, block: Block) -> Iterator[Callable[[list[str]], list[str]]]:
        """Put a simulator of the service in the place of the tenant acme, and its key."""
        if "served" not in block.marks:
            yield list
            return
        if not self.url:
            store = self.tenant.enter_context(Store(tenant=Tenant(fields={"plan__gc": PLAN})))
            store.add_companies(read_table(self.folder / "companies.csv").to_dict("records"))
            self.url = self.tenant.enter_context(serve(make_app(store, access_key=KEY))).url
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GAINSIGHT_ACCESS_KEY", block.marks.get("key", KEY))
            yield self._to_acme

    def _to_acme(self, words: list[str]) -> list[str]:
        """Return the words of a command that calls the simulator instead of the tenant acme."""
        before = ["", *words]
        return [
            self.url if (last, word) == ("--to", "acme") else word
            for last, word in zip(before, words, strict=False)
        ]

    def _text(self, block: Block, place: str, printed: str | None) -> None:
        readers: Mapping[str, Callable[[pd.DataFrame], object]] = {
            "answers": lambda frame: read_answers(frame, []),
            "known": lambda frame: usable_known(frame, read_rulebook()),
            "pairs": lambda frame: gsprep.find_duplicates(some_people(), answers=frame),
            "person": lambda frame: gsprep.check(frame, gsprep.Person),
            "rows": lambda frame: frame["row_id"],
            "truth": truth_of,
        }
        if "csv" in block.marks:
            readers[block.marks["csv"]](read_table(self._written("block.csv", block.text)))
        elif printed is not None:
            assert like(block.text, printed), f"{place}: it prints\n{printed}"

    def _yaml(self, block: Block, place: str, _: str | None) -> None:
        path = self._written("block.yaml", block.text)
        readers: Mapping[str, Callable[[], object]] = {
            "faults": lambda: read_faults(yaml.safe_load(block.text)),
            "mapping": lambda: read_mapping(path),
            "recipe": lambda: read_recipe(path),
            "rulebook": lambda: read_rulebook(path),
            "sync": lambda: read_definitions(path),
        }
        if "wrong" in block.marks:
            with pytest.raises(RulebookError):
                read_rulebook(path)
            return
        kinds = readers.keys() & block.marks.keys()
        assert len(kinds) == 1, f"{place}: say which reader it is for"
        readers[kinds.pop()]()

    def _python(self, block: Block, place: str, _: str | None) -> None:
        test = doctest.DocTestParser().get_doctest(block.text, self.names, place, place, 0)
        assert test.examples, f"{place}: no >>>"
        said = io.StringIO()
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(test, out=said.write, clear_globs=False)
        self.names.update(test.globs)
        assert runner.summarize(verbose=False).failed == 0, said.getvalue()

    def _json(self, block: Block, _: str, __: str | None) -> None:
        json.loads(block.text)

    def _shell(self, block: Block, place: str, _: str | None) -> None:
        if "shell" not in block.marks:
            for words in block.commands:
                check_developer(words, place)
            return
        here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(  # noqa: S603  a block of our own
            ["bash", "-c", block.text],  # noqa: S607  wherever it stands
            cwd=self.folder, env=os.environ | {"PATH": here}, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{place}: {done.stderr.decode()}"

    def _written(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def first_lines(words: list[str], folder: Path) -> str:
    """Start a command that serves until Ctrl-C; return what it said until it could be called."""
    process = subprocess.Popen(  # noqa: S603  a command of our own
        [sys.executable, "-m", *words], cwd=folder, text=True, stderr=subprocess.PIPE,
        env=os.environ | {"GAINSIGHT_ACCESS_KEY": KEY},
    )  # fmt: skip
    said = ""
    assert process.stderr is not None
    while "Ctrl-C" not in said and (line := process.stderr.readline()):
        said += line
    process.send_signal(signal.SIGINT)
    process.communicate()
    return said


def check_options(words: list[str]) -> None:
    """Parse a command that needs a tenant, and go no further."""
    if words[0] == "export":
        assert words[1].startswith(("GAINSIGHT_", "GSPREP_"))
        return
    assert words[0] == "gsprep"
    size = max(n for n in (1, 2, 3) if n == 1 or " ".join(words[1 : n + 1]) in COMMANDS)
    name = " ".join(words[1 : size + 1])
    load(name).make_context(name, words[size + 1 :])


def check_developer(words: list[str], place: str) -> None:
    """Hold that what is said to developers is there: targets of make, extras of pip."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), place
    elif words[:2] == ["pip", "install"]:
        extra = re.fullmatch(r"(?:\.|gsprep)(?:\[(\w+)\])?", words[2])
        assert extra is not None, place
        assert extra[1] is None or extra[1] in project["project"]["optional-dependencies"], place
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file(), place
    else:
        pytest.fail(f"{place}: nothing checks {words[0]}")


def answer_some(review: Path, answered: Path) -> None:
    """Fill in a few answers, as a reviewer does."""
    frame = read_table(review)
    assert len(frame)
    frame.loc[frame.index[:5], "answer"] = "1"
    frame.to_csv(answered, index=False)


def like(told: str, printed: str) -> bool:
    """Tell whether a page shows what was printed; figures are those of the day it was written.

    A line of three dots stands for any lines.
    """
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(without_figures(line)) + r"\n"
        for line in told.splitlines()
    )
    lines = "".join(f"{without_figures(line)}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, lines) is not None


def without_figures(line: str) -> str:
    """Return a line without figures, times and the names of runs."""
    time = r"\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d(?:[:-]\d\d)?(?:-[0-9a-f]{4}\b)?Z?"
    line = re.sub(time, "#", line)
    return re.sub(r"\s*[-+]?\d[\d.,]*%?", " #", line).strip()


@pytest.mark.parametrize(
    ("told", "printed", "same"),
    [
        pytest.param("a 1.5 b\n", "a 22 b\n", True, id="another figure"),
        pytest.param(
            "run (2026-11-29T13-49-13-89b8)\n",
            "run (2027-01-02T03-04-05-abcd)\n",
            True,
            id="another run",
        ),
        pytest.param("a\n...\nc\n", "a\nb\nc\n", True, id="lines left out"),
        pytest.param("a\n...\n", "a\nb\nc\n", True, id="the end left out"),
        pytest.param("a\nc\n", "a\nb\nc\n", False, id="a line more"),
        pytest.param("a 1 b\n", "a 1 c\n", False, id="another word"),
    ],
)
def test_figures_may_differ_and_words_may_not(told: str, printed: str, *, same: bool) -> None:
    assert like(told, printed) is same


def test_a_wrong_option_on_a_page_would_be_found() -> None:
    with pytest.raises(Exception, match="no-such"):
        check_options(["gsprep", "check", "people.csv", "--no-such"])
    with pytest.raises(KeyError):
        check_options(["gsprep", "no-such"])
