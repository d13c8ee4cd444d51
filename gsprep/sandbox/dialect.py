"""Wordings of the service's replies, which differ by tenant.

The page "People API Documentation", read 2026-11, contradicts itself or is silent on each of
them; a comment names the place. The first value of a setting is the one that most samples show.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Self, get_args, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# "Chunk Result": the sample's url holds another id than the sample's job.
ChunkId = Literal["job", "other"]
# "Get a Person Record" does not say what is replied when the person does not exist.
NotFound = Literal["400-code", "404-code", "404-other", "400-envelope", "200-envelope", "200-null"]
# "Error Response" shows an envelope; "Error Codes for Person API" a code with HTTP 400.
Refusals = Literal["400-code", "400-envelope", "200-envelope"]
# "Upsert of Multiple Person Records": the prose says that data is the id, the sample has an object.
StatusId = Literal["object", "text"]
# "Bulk Async Process": the prose says "using a JSON File", the sample shows a JSON body.
AsyncInput = Literal["json", "multipart", "both"]
# "People APIs - Bulk": a maximum of 50 records, and of 50 objects in the section on lookups.
Counts = Literal["people", "objects"]
# "Process Status" says totalRecords and partialRecords, "Chunk Result" and the call that waits
# say totalCount and partialSuccessCount.
CountNames = Literal["mixed", "total_count", "total_records"]
# "Upsert Person API": the prose says "as an array item", the sample is an object.
SingleBody = Literal["object", "array"]
# "Chunk Result": each sample has one file, so they do not show it.
RowNumber = Literal["global", "restart"]
# "Company API Documentation", read: the samples show a list; clients of the service read records.
QueryData = Literal["records", "list"]
# "Timeline APIs": ExternalId is an idempotency key, and must be unique.
RepeatedExternalId = Literal["refused", "kept"]


class DialectError(ValueError):
    """A setting or value that no dialect has; the message lists those that exist."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """How a tenant words its replies; what it stores is the same in every dialect.

    Attributes:
        chunk_id: id in the address of a result file: the job's, or another one.
        not_found: reply to a read of an unknown person: an error code with HTTP 400 or 404, another
            JSON body with 404, the failure envelope with 400 or 200, or 200 without data.
        refusals: reply to a call of the People API that is refused as a whole: an error code, or
            the failure envelope (``data.errors``) with HTTP 400 or 200.
        status_id: ``data`` of an upsert of 50 that was accepted: an object, or the id as text.
        async_input: body of a bulk job: JSON, a file in a form (multipart), or either.
        counts: what the 50 of a bulk call count: people, or people and their associations.
        count_names: names of the counts of a bulk job: those of the samples, which differ between
            the status and the result files, or one pair of them in both.
        single_body: body of an upsert of one person: an object, or an array of one object.
        row_number: number of a record in a result file: its place in the job, or in the file.
        query_data: ``data`` of an object query: an object with ``records``, or the list itself.
        repeated_external_id: reply to an activity whose ExternalId is that of an earlier one: a
            refusal, or the reply to the earlier one, which is kept as it is.
    """

    chunk_id: ChunkId = "job"
    not_found: NotFound = "400-code"
    refusals: Refusals = "400-code"
    status_id: StatusId = "object"
    async_input: AsyncInput = "json"
    counts: Counts = "people"
    count_names: CountNames = "mixed"
    single_body: SingleBody = "object"
    row_number: RowNumber = "global"
    query_data: QueryData = "records"
    repeated_external_id: RepeatedExternalId = "refused"

    def __post_init__(self) -> None:
        """Refuse a value that a setting does not have; raises DialectError."""
        for name, value in asdict(self).items():
            _must_be_one_of(value, choices()[name], f"{name} has no value")

    @classmethod
    def read(cls, settings: Iterable[str]) -> Self:
        """Return the dialect of settings written as ``name=value``; the last of a name holds.

        Raises DialectError for one that is not a setting.

        >>> Dialect.read(["chunk_id=other", "counts=objects"]).chunk_id
        'other'
        """
        values: dict[str, Any] = {}
        for setting in settings:
            name, sign, value = (part.strip() for part in setting.partition("="))
            _must_be_one_of(name, tuple(choices()), "a dialect has no setting")
            if not sign:
                raise DialectError(f"{name} needs a value: {name}={'|'.join(choices()[name])}")
            values[name] = value
        return cls(**values)

    def __str__(self) -> str:
        """Return the settings that differ from the usual dialect, as they are written."""
        usual = asdict(Dialect())
        own = [f"{n}={value}" for n, value in asdict(self).items() if value != usual[n]]
        return " ".join(own) or "usual"


@cache
def choices() -> Mapping[str, tuple[str, ...]]:
    """Return the values of each setting; the first is the usual one."""
    hints = get_type_hints(Dialect)
    return {field.name: get_args(hints[field.name]) for field in fields(Dialect)}


def _must_be_one_of(value: str, known: Sequence[str], problem: str) -> None:
    if value in known:
        return
    near = get_close_matches(value, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise DialectError(f"{problem} {value!r}; choose one of {', '.join(known)}.{meant}")
