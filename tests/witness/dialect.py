"""Answers to the questions that the People API document leaves open."""
# ruff: noqa: FBT003  options are values

import random
from dataclasses import dataclass, field, fields
from typing import Any, Self


def choice(*options: Any) -> Any:
    """Return a field of a dialect: its options, the first as in most samples."""
    return field(default=options[0], metadata={"options": options})


@dataclass(frozen=True)
class Dialect:
    """One answer to each question that the document leaves open."""

    unknown: str = choice("404", "400", "envelope", "null")  # a person who is not there
    no_person: str = choice("GSOBJ_PEOPLE1001", "PERSON_NOT_FOUND")  # its code
    refusal_status: int = choice(400, 200)  # of a whole call that is refused
    limit_message: str = choice(
        "A request can contain a maximum of 50 objects only",
        "Number of records exceeds the limit of 50",
        "Payload too large",
    )
    chunk_ids: str = choice("job", "other", "each")  # samples show another id
    chunk_rows: int = choice(1000, 2, 7, 40)
    urls: str = choice("sample", "path", "absolute")
    status_id: str = choice("object", "text")
    single_body: str = choice("either", "object", "array")
    job_input: str = choice("either", "raw", "multipart")
    row_numbers: str = choice("file", "chunk")
    counts: str = choice("records", "objects")
    key: str = choice("Email", "Email,Location")
    any_case: bool = choice(True, False)  # whether "email" is read as "Email"
    names: str = choice("lower", "schema")  # of a person who is read
    ids: str = choice("gsid", "uuid")
    primary: str = choice("any", "latest", "one")
    reversed_details: bool = choice(False, True)
    shuffled: bool = choice(False, True)
    text_numbers: bool = choice(False, True)
    null_records: bool = choice(False, True)  # "record": null in a failure
    wrapped_chunks: bool = choice(False, True)
    echo: str = choice("sent", "lower")
    folded_emails: bool = choice(True, False)
    repeats: str = choice("merged", "refused")  # one association twice in a record
    no_match: str = choice("ERROR", "NULLABLE")  # both are called the default
    bulk_relationships: str = choice("stored", "ignored")  # without a company, in bulk
    polls: int = choice(0, 1, 2)
    applied: str = choice("accepted", "completed")
    delete_unknown: str = choice("skipped", "refused")

    @classmethod
    def draw(cls, seed: int) -> Self:
        """Return the dialect of a seed."""
        rng = random.Random(seed)  # noqa: S311  a seed is repeated, nothing is secret
        return cls(**{f.name: rng.choice(f.metadata["options"]) for f in fields(cls)})

    @classmethod
    def covering(cls) -> list[Self]:
        """Return the fewest dialects in which each option occurs."""
        options = {f.name: f.metadata["options"] for f in fields(cls)}
        most = max(map(len, options.values()))
        return [cls(**{k: v[n % len(v)] for k, v in options.items()}) for n in range(most)]

    @classmethod
    def otherwise(cls) -> list[Self]:
        """Return the dialects that differ from most samples in one answer each."""
        return [
            cls(**{f.name: option}) for f in fields(cls) for option in f.metadata["options"][1:]
        ]

    def differs(self) -> list[str]:
        """Return the answers that are not those of most samples."""
        pairs = ((f, getattr(self, f.name)) for f in fields(self))
        return [f"{f.name}={value}" for f, value in pairs if value != f.default]

    def __str__(self) -> str:
        return ", ".join(self.differs()) or "samples"
