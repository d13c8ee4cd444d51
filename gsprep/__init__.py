"""Clean, check, match and upload people and associations for Gainsight."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

# Names are imported when first used, so that `import gsprep` does not wait for pandas.
_HOMES = {
    "Client": "gsprep.uploader.client",
    "Company": "gsprep.schemas.objects",
    "CompanyIndex": "gsprep.unification.index",
    "CompanyPerson": "gsprep.schemas.objects",
    "Ledger": "gsprep.ledger.ledger",
    "Lookup": "gsprep.schemas.lookups",
    "Lookups": "gsprep.schemas.lookups",
    "Person": "gsprep.schemas.objects",
    "Relationship": "gsprep.schemas.objects",
    "RelationshipPerson": "gsprep.schemas.objects",
    "RunOptions": "gsprep.run_options",
    "answers_from_review": "gsprep.unification.answers",
    "apply_mapping": "gsprep.mapping.combined_columns",
    "associate": "gsprep.unification.unify",
    "batches": "gsprep.record_batches",
    "check": "gsprep.validation.check",
    "clean": "gsprep.cleaning.clean",
    "evaluate_groups": "gsprep.unification.duplicates.fitting",
    "evaluate": "gsprep.unification.tuning.evaluate",
    "find_duplicates": "gsprep.unification.duplicates.find",
    "explain": "gsprep.unification.explain",
    "fit": "gsprep.unification.tuning.fit",
    "fit_duplicates": "gsprep.unification.duplicates.fitting",
    "map_columns": "gsprep.mapping.guess",
    "merge_duplicates": "gsprep.unification.duplicates.merge",
    "plan": "gsprep.uploader.upload",
    "prepare": "gsprep.unification.prepare",
    "progress": "gsprep.progress_bars",
    "propose_known": "gsprep.unification.learn",
    "read_mapping": "gsprep.mapping.mapping_file",
    "read_recipe": "gsprep.cleaning.recipe",
    "read_rulebook": "gsprep.unification.rulebook",
    "read_table": "gsprep.tables.read",
    "recipe_of": "gsprep.cleaning.recipe",
    "replay": "gsprep.cleaning.recipe",
    "reveal": "gsprep.display",
    "revert": "gsprep.cleaning.clean",
    "run": "gsprep.pipeline",
    "schema_from_describe": "gsprep.schemas.objects",
    "unmerge": "gsprep.unification.duplicates.merge",
    "unify": "gsprep.unification.unify",
    "upload": "gsprep.uploader.upload",
    "write_rulebook": "gsprep.unification.tuning.fit",
    "write_table": "gsprep.tables.write",
}

# Words of pandas and of other tools for the same calls.
_OTHER_WORDS = {
    "dedupe": "find_duplicates",
    "deduplicate": "find_duplicates",
    "match": "unify",
    "read": "read_table",
    "read_csv": "read_table",
    "read_excel": "read_table",
    "validate": "check",
    "write": "write_table",
}

__all__ = list(_HOMES)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import a public name from its home."""
    if name not in _HOMES:
        meant = f": use gsprep.{_OTHER_WORDS[name]}" if name in _OTHER_WORDS else ""
        raise AttributeError(f"module 'gsprep' has no attribute {name!r}{meant}")
    _follow_environment()
    return getattr(import_module(_HOMES[name]), name)


@cache
def _follow_environment() -> None:
    import_module("gsprep.settings").reveal_if_asked()


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(_HOMES)
