"""EntityMatchingModel, set up as its guide does, without a fitted model.

It compares names only: candidates by cosine similarity of words and of n-grams, the score is the
better of both. The companies' domains, numbers and countries are not used.
"""

from __future__ import annotations

import pandas as pd
from emm import PandasEntityMatching

from peers.tidy import tidy_companies, tidy_people

_INDEXERS = [
    {
        "type": "cosine_similarity", "tokenizer": tokenizer, "ngram": ngram, "num_candidates": 10,
        "cos_sim_lower_bound": bound,
    }
    for tokenizer, ngram, bound in (("words", 1, 0.2), ("characters", 3, 0.2))
]  # fmt: skip


def decide(people: pd.DataFrame, companies: pd.DataFrame) -> pd.DataFrame:
    """Return row_id, Company_ID and score of each person's best company."""
    listed = tidy_companies(companies).dropna(subset=["core"]).drop_duplicates("Gsid")
    known = pd.DataFrame({"id": range(len(listed)), "name": listed["core"].to_numpy()})
    asked = tidy_people(people).dropna(subset=["core"])
    names = pd.DataFrame({"name": asked["core"].drop_duplicates().to_numpy()})
    model = PandasEntityMatching(
        {
            "preprocessor": "preprocess_merge_abbr", "indexers": _INDEXERS,
            "entity_id_col": "id", "name_col": "name", "supervised_on": False,
        }
    )  # fmt: skip
    model.fit(known)
    found = model.transform(names)
    found["score"] = found[[name for name in found if name.startswith("score_")]].max(axis=1)
    best = found.dropna(subset=["gt_entity_id"]).sort_values("score", ascending=False)
    best = best.drop_duplicates("name")[["name", "gt_entity_id", "score"]]
    best["Company_ID"] = listed["Gsid"].to_numpy()[best["gt_entity_id"].astype(int)]
    answered = asked.merge(best, left_on="core", right_on="name", validate="many_to_one")
    return answered[["row_id", "Company_ID", "score"]]
