"""Loads over every dialect, whatever fails and whenever a process ends: no law is broken."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dialects import Sending, play, report
from failpoints import ACTIONS
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from loads import FAULTS, Fault, Load, hook_of
from witness.dialect import Dialect
from witness.service import serving

if TYPE_CHECKING:
    from runner import Runner

# Loads of the benchmark that broke a law once, each by another way to end or another fault.
SEEDS = (1, 11, 23, 40, 41, 50, 62, 74, 78, 211)


@pytest.mark.parametrize(
    ("dialect", "mode"),
    list(zip(Dialect.covering(), ("sync", "async", "single", "async"), strict=True)),
    ids=["samples", "2nd", "3rd", "4th"],
)
def test_every_dialect_is_understood(
    dialect: Dialect, mode: str, runner: Runner, tmp_path: Path
) -> None:
    """Each option of each question occurs in one of the dialects."""
    played = play(Load(0, dialect, mode, 10), runner, tmp_path)
    assert not played.broken, report(played)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_load_breaks_no_law(seed: int, runner: Runner, tmp_path: Path) -> None:
    played = play(Load.draw(seed), runner, tmp_path)
    assert not played.broken, report(played)


class AnyDialect(RuleBasedStateMachine):
    """A load that goes on from process to process, while the service and the system fail it."""

    runner: Runner

    def __init__(self) -> None:
        """Begin without a load."""
        super().__init__()
        self.sending: Sending | None = None

    @initialize(
        seed=st.integers(0, 10_000),
        mode=st.sampled_from(["sync", "async", "single"]),
        linked=st.sampled_from(["id", "name", ""]),
        narrow=st.booleans(),
        plain=st.booleans(),
    )
    def load(self, seed: int, mode: str, linked: str, narrow: bool, plain: bool) -> None:  # noqa: FBT001  drawn by name
        """Begin with a load."""
        dialect = Dialect() if plain else Dialect.draw(seed)
        self.drawn = Load(seed, dialect, mode, 8 if mode == "single" else 60, linked, narrow=narrow)
        self.folder = tempfile.TemporaryDirectory()
        self.service = self.drawn.service()
        self.faults: list[Fault] = []
        self.served = serving(self.service)
        self.served.__enter__()
        self.sending = Sending(self.drawn, self.service, self.runner, Path(self.folder.name))

    @rule(
        later=st.integers(1, 6),
        fault=st.sampled_from([(stage, word) for stage, words in FAULTS.items() for word in words]),
    )
    @precondition(lambda self: self.sending is not None)
    def the_service_fails(self, later: int, fault: tuple[str, str]) -> None:
        """Let a call to come meet a fault."""
        self.faults.append(Fault(len(self.service.calls) + later, *fault))
        self.service.hook = hook_of(self.faults)

    @rule(nth=st.integers(1, 90), action=st.sampled_from(ACTIONS))
    @precondition(lambda self: self.sending is not None and not self.sending.through)
    def a_process_ends(self, nth: int, action: str) -> None:
        """Run a process that something happens to at its nth point."""
        assert self.sending is not None
        broken = self.sending.run({nth: action})
        assert not broken, (self.drawn, self.faults, broken)

    def teardown(self) -> None:
        """Let the load go on until it is through, and look at its end."""
        if self.sending is None:
            return
        try:
            broken = self.sending.finish()
            assert not broken, (self.drawn, self.faults, broken)
        finally:
            self.served.__exit__(None, None, None)
            self.folder.cleanup()


def test_any_faults_and_ends_in_any_order(runner: Runner) -> None:
    machine = type("Bound", (AnyDialect,), {"runner": runner})
    limits = settings(
        max_examples=settings().max_examples // 4,
        # An example takes seconds, and names its load: it is not made smaller.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        stateful_step_count=6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=limits)
