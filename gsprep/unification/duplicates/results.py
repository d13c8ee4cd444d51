"""Results about duplicates: groups, pairs, evidence, survivors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import yaml

from gsprep.display import counts_html, frame_html, look_html, plain, result_html, steps_html
from gsprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_HEAD = """# How much the columns of people say, learned from a list by gsprep. Levels have
# logarithms of probabilities: a level weighs that of one person minus that of strangers.
"""
GROUP_COLUMNS = ("row_id", "person_id", "size", "verdict", "reason")
PAIR_COLUMNS = (
    "left_id", "right_id", "verdict", "probability", "rule", "reason", "alternative",
)  # fmt: skip
LOSS_COLUMNS = ("row_id", "column", "before", "after", "rule", "person_id")
CONFLICT_COLUMNS = ("person_id", "column", "values", "reason")


@dataclass(frozen=True, slots=True, repr=False)
class LearnedModel:
    """What was learned about a list, for a look.

    weights:      one line per column and level; columns column, level, of_one_person and
                  of_strangers (probabilities), weight (log-odds), fixed (learned or given).
    contexts:     one line per context that different people share; columns context and pairs.
    keys:         what proposes pairs, several columns joined by ``+``; empty if everything does.
    intercept:    the log-odds of a pair before anything is compared.
    cut:          the probability from which a pair is a match.
    expected:     the estimated number of matching pairs; a rough figure.
    completeness: the estimated share of the matching pairs that the keys propose.
    document:     returns all of it, as ``save`` writes it; nothing if nothing was learned.
    """

    weights: pd.DataFrame
    contexts: pd.DataFrame
    keys: tuple[str, ...] = ()
    intercept: float = 0.0
    cut: float = 0.5
    expected: float = 0.0
    completeness: float = 1.0
    document: Callable[[], Mapping[str, object]] = dict

    @property
    def compare(self) -> tuple[str, ...]:
        """The columns that were compared."""
        compared = self.document().get("compare", {})
        return tuple(compared) if isinstance(compared, dict) else ()

    def save(self, path: str | Path) -> Path:
        """Write the model to a file of YAML, with which later lists are decided the same.

        The file names no one: values of several people are in it as hashes.

        Raises InputError if nothing was learned or the file cannot be written.
        """
        target = Path(path)
        document = self.document()
        if not document:
            raise InputError(
                "nothing was learned, so there is no model to save: find duplicates in a list "
                "with two records or more"
            )
        text = yaml.dump(dict(document), Dumper=_DUMPER, sort_keys=False, width=120)
        try:
            target.write_text(_HEAD + text, encoding="utf-8")
        except OSError as failure:
            raise InputError(
                f"the model {target} cannot be written ({failure.strerror}): name another file"
            ) from failure
        return target

    def __repr__(self) -> str:
        return plain("LearnedModel", self._counts())

    def _repr_html_(self) -> str:
        head = counts_html("LearnedModel", self._counts())
        return head + frame_html(self.weights.round(4), rows=60, reveal=True)

    def _counts(self) -> dict[str, object]:
        return {
            "keys": len(self.keys),
            "contexts": len(self.contexts),
            "expected": round(self.expected),
            "cut": round(self.cut, 4),
            "completeness": round(self.completeness, 4),
        }


@dataclass(frozen=True, slots=True, repr=False)
class PairExplained:
    """Why two records are, or are not, one person: a waterfall in a notebook.

    head:  the ids, the verdict and the probability.
    terms: what each comparison found, and its log-odds, the strongest first.
    """

    head: str
    terms: tuple[tuple[str, float], ...]

    def __repr__(self) -> str:
        lines = (f"{value:+8.2f}  {words}" for words, value in self.terms)
        total = sum(value for _, value in self.terms)
        return "\n".join([self.head, *lines, f"{total:+8.2f}  log-odds in total"])

    def _repr_html_(self) -> str:
        return steps_html(self.head, self.terms)


@dataclass(frozen=True, slots=True, repr=False)
class Duplicates:
    """The records of each person, and the evidence.

    groups:   one line per record given, in their order, then per existing person; columns row_id,
              person_id, size, verdict (``single``, ``match``, ``review``) and reason; with
              ``against`` also Gsid (the existing person) and source.
    pairs:    one line per pair that is a match or needs a decision; columns left_id, right_id,
              verdict, probability, rule, reason, alternative.
    evidence: the log-odds of these pairs: left_id, right_id, intercept and one float32 column for
              each compared column; they add up.
    said:     what each comparison found, in words: left_id, right_id and one column for each
              compared column, missing if one of the two records has no value.
    model:    what was learned about the list.
    apart:    the left_id and right_id of each pair that a reviewer told apart.
    history:  merged and split persons since yesterday's groups; columns person_id, change, other.
    notes:    what was assumed or left out, in sentences.
    """

    look_at: ClassVar[Mapping[str, str]] = {
        "groups": "the records of each person; the verdict review needs a decision",
        "pairs": "which records are one person, and why",
        "history": "persons merged or split since the last run",
        "notes": "what was assumed",
    }
    groups: pd.DataFrame
    pairs: pd.DataFrame
    evidence: pd.DataFrame
    model: LearnedModel
    history: pd.DataFrame
    notes: tuple[str, ...] = field(default=())
    said: pd.DataFrame | None = None
    apart: frozenset[tuple[str, str]] = frozenset()

    def explain(self, left_id: str, right_id: str) -> PairExplained:
        """Return why two records of ``pairs`` are, or are not, one person.

        Raises InputError if ``pairs`` does not have them.
        """
        at = self.pairs["left_id"].isin([left_id, right_id])
        at &= self.pairs["right_id"].isin([left_id, right_id])
        if not at.any():
            raise InputError(f"there is no pair {left_id} and {right_id}: pairs lists those found")
        pair, weights = self.pairs[at].iloc[0], self.evidence[at].iloc[0]
        words = {} if self.said is None else self.said[at].iloc[0].dropna().to_dict()
        names = [name for name in self.evidence.columns if name not in {"left_id", "right_id"}]
        terms = [
            (f"{name}: {words[name]}" if name in words else name, float(weights[name]))
            for name in names
            if name in words or weights[name]
        ]
        terms.sort(key=lambda term: (term[0] != "intercept", -abs(term[1])))
        head = f"{left_id} and {right_id}: {pair['verdict']}, probability {pair['probability']:.3f}"
        alternative = str(pair["alternative"]).removeprefix("shares ")
        stranger = alternative == pair["alternative"]
        of = "two strangers" if stranger else f"two people of one {alternative}"
        return PairExplained(f"{head}; compared with {of}", tuple(terms))

    def __repr__(self) -> str:
        return plain("Duplicates", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.pairs, of=len(self.groups))

    def _counts(self) -> dict[str, object]:
        verdicts = self.groups["verdict"].value_counts()
        counts = {v: int(verdicts.get(v, 0)) for v in ("single", "match", "review")}
        return {
            "records": len(self.groups),
            "persons": self.groups["person_id"].nunique(),
            **counts,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Merged:
    """One surviving record for each person.

    persons:   the surviving records, in the order of their groups' first records; row_id is that
               of the leading record, person_id that of the group.
    changes:   each value that was not kept and each that was filled in; columns row_id, column,
               before, after, rule, person_id. ``unmerge`` undoes them.
    conflicts: fields of one person with several different values; columns person_id, column,
               values and reason.
    """

    look_at: ClassVar[Mapping[str, str]] = {
        "persons": "one record a person",
        "changes": "each value that was not kept",
        "conflicts": "fields in which the records of one person differ",
    }
    persons: pd.DataFrame
    changes: pd.DataFrame
    conflicts: pd.DataFrame

    def __repr__(self) -> str:
        return plain("Merged", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.changes, of=len(self.changes))

    def _counts(self) -> dict[str, object]:
        names = ("persons", "changes", "conflicts")
        return {name: len(getattr(self, name)) for name in names}


@dataclass(frozen=True, slots=True, repr=False)
class GroupsEvaluation:
    """Measures of groups whose truth is known.

    records:      the records whose person is known.
    precision, recall, f1: of the pairs of records in one group.
    b_cubed_precision, b_cubed_recall, b_cubed_f1: of the records' groups, averaged over records.
    wrong, missed: pairs of records that are wrongly together, or wrongly apart.
    over_merged, under_merged: groups with several people, and people with several groups.
    sizes:        one line per size of group; columns size, groups, people (of that size).
    mistakes:     one line per record in a wrong group; columns row_id, person_id, true_person_id,
                  mistake (``over-merged``, ``under-merged``, ``both``).
    notes:        what was left out, in sentences.
    """

    look_at: ClassVar[Mapping[str, str]] = {"mistakes": "records in a wrong group"}
    records: int
    precision: float
    recall: float
    f1: float
    b_cubed_precision: float
    b_cubed_recall: float
    b_cubed_f1: float
    wrong: int
    missed: int
    over_merged: int
    under_merged: int
    sizes: pd.DataFrame
    mistakes: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return plain("GroupsEvaluation", self.counts())

    def _repr_html_(self) -> str:
        sizes = frame_html(self.sizes, rows=20, reveal=True)
        return counts_html("GroupsEvaluation", self.counts()) + sizes + look_html(self)

    def counts(self) -> dict[str, object]:
        """Return the measures by name, rounded."""
        whole = ("records", "wrong", "missed", "over_merged", "under_merged")
        shares = (
            "precision", "recall", "f1", "b_cubed_precision", "b_cubed_recall", "b_cubed_f1",
        )  # fmt: skip
        counts: dict[str, object] = {name: getattr(self, name) for name in whole}
        return counts | {name: round(getattr(self, name), 4) for name in shares}
