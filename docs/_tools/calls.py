"""Public calls by stage, each with its parameters, result, errors and example."""

from __future__ import annotations

import dataclasses
import re
from inspect import Parameter, getdoc, isclass, isfunction, signature
from typing import TYPE_CHECKING, Any, NamedTuple

import pandera.pandas as pa
from docstrings import Sections, as_markdown, sections
from markdown import cell, table
from pydantic import BaseModel

import gsprep
from gsprep import results, spark
from gsprep.calls.limits import Limits
from gsprep.mapping.columns import ColumnMapping, MappedColumn
from gsprep.unification import explain
from gsprep.unification.duplicates import results as about_duplicates
from gsprep.uploader import jobs, replies
from gsprep.uploader.jobs import Chunk
from gsprep.uploader.objects import Objects
from gsprep.uploader.people import People

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Stage(NamedTuple):
    """Calls that a reader looks for together; ``title`` heads their page."""

    title: str
    names: tuple[str, ...]


STAGES: Mapping[str, Stage] = {
    "read": Stage(
        "Read and write",
        ("read_table", "write_table", "map_columns", "apply_mapping", "read_mapping"),
    ),
    "clean": Stage("Clean", ("clean", "revert", "recipe_of", "read_recipe", "replay")),
    "check": Stage("Check", ("check", "schema_from_describe")),
    "match": Stage(
        "Match",
        (
            "unify", "prepare", "CompanyIndex.save", "CompanyIndex.load", "batches",
            "read_rulebook", "explain", "associate", "propose_known",
        ),
    ),
    "decide": Stage(
        "Decide and tune", ("answers_from_review", "evaluate", "fit", "write_rulebook")
    ),
    "send": Stage(
        "Send",
        (
            "plan", "upload", "Client", "Client.from_environment", "Ledger",
            "Ledger.from_environment", "Lookup", "Lookups",
        ),
    ),
    "run": Stage("The whole job", ("run", "RunOptions")),
    "duplicates": Stage(
        "Duplicates",
        ("find_duplicates", "merge_duplicates", "unmerge", "evaluate_groups", "fit_duplicates"),
    ),
    "notebook": Stage("In a notebook", ("progress", "reveal")),
}  # fmt: skip
# Their results are frames of Spark.
_ON_SPARK = (spark.prepare, spark.clean, spark.check, spark.unify, spark.find_duplicates)
_SPARK_RESULTS = (spark.Cleaned, spark.Checked, spark.Unified, spark.Duplicates)
_HOLDERS = {"client.people": People, "client.objects": Objects}
# Frozen values that calls return, each a table of its attributes.
_REPLIES = (
    replies.RecordReply, replies.Echo, replies.Detail, replies.BulkReply, replies.Counts, jobs.Job,
    jobs.JobStatus, jobs.UpsertStatus, Chunk, jobs.Deletion, replies.StoredPerson,
    replies.StoredAssociation, replies.Reference,
)  # fmt: skip


def public_calls() -> dict[str, Any]:
    """Return every public function and class by its name, with the endpoints of a client."""
    calls = {name: _found(name) for stage in STAGES.values() for name in stage.names}
    return calls | {
        f"{of}.{name}": method
        for of, holder in _HOLDERS.items()
        for name, method in vars(holder).items()
        if isfunction(method) and not name.startswith("_")
    }


def _found(name: str) -> Any:
    first, _, method = name.partition(".")
    found = getattr(gsprep, first)
    return getattr(found, method) if method else found


def stage_page(name: str) -> Callable[[], str]:
    """Return what writes the calls of a stage."""
    return lambda: "\n\n".join(described(n, _found(n)) for n in STAGES[name].names)


def endpoints() -> str:
    """Return the methods of ``client.people`` and ``client.objects``."""
    parts = []
    for of, holder in _HOLDERS.items():
        calls = {name: call for name, call in public_calls().items() if name.startswith(f"{of}.")}
        parts += [f"## {of}", as_markdown(getdoc(holder) or "")]
        parts += [described(name, call) for name, call in calls.items()]
    return "\n\n".join(parts)


def overview() -> str:
    """Return one table per stage: each call with its first sentence."""
    parts = []
    for page, stage in STAGES.items():
        parts.append(f"## [{stage.title}](python/{page}.md)\n\n{_listed(stage.names)}")
    for of in _HOLDERS:
        names = tuple(name for name in public_calls() if name.startswith(f"{of}."))
        parts.append(f"## [{of}](python/endpoints.md)\n\n{_listed(names)}")
    return "\n\n".join(parts)


def _listed(names: tuple[str, ...]) -> str:
    calls = public_calls()
    rows = [
        (f"{{py:obj}}`{name} <{_full(name)}>`", cell(documented(calls[name]).summary))
        for name in names
    ]
    return table(("Call", "What it does"), rows)


def documented(call: Any) -> Sections:
    """Return the docstring of a call by its sections."""
    return sections(getdoc(call) or "")


def parameters(call: Any) -> list[Parameter]:
    """Return the parameters of a call."""
    if isclass(call) and issubclass(call, BaseModel):
        return [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=_plain(entry.annotation),
                      default=Parameter.empty if entry.is_required() else
                      entry.get_default(call_default_factory=True))
            for name, entry in call.model_fields.items()
        ]  # fmt: skip
    return [one for one in signature(call).parameters.values() if one.name != "self"]


def _full(name: str) -> str:
    return name if name.startswith("client.") else f"gsprep.{name}"


def described(name: str, call: Any) -> str:
    """Return a call with everything that its signature and its docstring say."""
    told = documented(call)
    example = f"**Example**\n\n```python\n{told.examples}\n```"
    return _function(_full(name), call, [_returned(call, told), _raised(told), example])


def _function(name: str, call: Any, after: list[str]) -> str:
    """Return a call with its parameters and what is said after them."""
    told = documented(call)
    parts = [as_markdown(told.summary), as_markdown(told.text)]
    if rows := [_parameter_row(one, told.listed) for one in parameters(call)]:
        parts.append("**Parameters**\n\n" + table(("Name", "Type", "Default", "Meaning"), rows))
    inside = "\n\n".join(part for part in (*parts, *after) if part)
    return f"````{{py:function}} {name}({_given(call)})\n{inside}\n````"


def calls_on_spark() -> str:
    """Return the calls of ``gsprep.spark`` and the attributes of their results."""
    parts = []
    for call in _ON_SPARK:
        told = documented(call)
        kind = str(signature(call).return_annotation)
        returned = f"**Returns** *{kind}*: {as_markdown(told.returns)}"
        parts.append(_function(f"gsprep.spark.{call.__name__}", call, [returned, _raised(told)]))
    for result in _SPARK_RESULTS:
        head = as_markdown(documented(result).summary)
        inside = f"{head}\n\n{_attributes(result)}"
        parts.append(f"````{{py:class}} gsprep.spark.{result.__name__}\n{inside}\n````")
    return "\n\n".join(parts)


def _given(call: Any) -> str:
    """Return the parameters as they are written in a call, with their defaults."""
    shown: list[str] = []
    for one in parameters(call):
        if one.kind is Parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        default = _default(one)
        shown.append(one.name if default is None else f"{one.name}={default}")
    return ", ".join(shown)


def _parameter_row(one: Parameter, listed: Mapping[str, str]) -> tuple[str, str, str, str]:
    default = _default(one)
    shown = "required" if default is None else f"`{default}`"
    return f"`{one.name}`", cell(_type(str(one.annotation))), shown, cell(listed.get(one.name, ""))


def _default(one: Parameter) -> str | None:
    if one.default is Parameter.empty:
        return None
    if isinstance(one.default, pa.DataFrameSchema):
        return str(one.default.name)
    if dataclasses.is_dataclass(one.default) or repr(one.default) == "<factory>":
        return "..."
    return repr(one.default)


def _plain(annotation: Any) -> str:
    """Return the annotation of a field of a model as it would be written."""
    text = re.sub(r"Annotated\[(\w+), .*?\)\]", r"\1", str(annotation).replace("typing.", ""))
    text = re.sub(r"<class '(?:\w+\.)*(\w+)'>|(?:\w+\.)+(\w+)", r"\1\2", text)
    return re.sub(r"Optional\[(.*)\]", r"\1 | None", text)


_WORDS = {
    "pd.DataFrame": "DataFrame", "Frame": "frame", "pd.Series[str]": "Series",
    "pa.DataFrameSchema": "schema",
    "httpx.BaseTransport": "httpx transport", "os.PathLike[str]": "path", "Path": "path",
    "DataFrame": "DataFrame of Spark", "pandera.DataFrameSchema": "schema",
    "TDataObject": "DataFrame", "TextIO": "text stream", "T": "what ``read`` returns",
    "bool": "True or False", "Record": "record", "InTransaction": "function",
}  # fmt: skip


def _type(annotation: str) -> str:
    """Return a type in words: ``Sequence[str] | None`` is a sequence of str, or None."""
    parts = [_word(part) for part in re.split(r" \| (?![^\[]*\])", annotation)]
    return " or ".join(dict.fromkeys(parts))


def _word(part: str) -> str:
    if part in _WORDS:
        return _WORDS[part]
    if part.startswith("Callable"):
        return "function"
    if of := re.fullmatch(r"(?:Sequence|Iterable|Iterator|list)\[(.*)\]", part):
        kind = "iterator" if part.startswith("Iterator") else "list"
        return "context manager" if of[1].startswith("Callable") else f"{kind} of {_type(of[1])}"
    if literal := re.fullmatch(r"Literal\[(.*)\]", part):
        return " or ".join(f"``{word}``" for word in re.findall(r"'(\w+)'", literal[1]))
    if part.startswith(("Mapping", "dict")):
        return "dict"
    return "tuple" if part.startswith("tuple") else part


def _returned(call: Any, told: Sections) -> str:
    """Return what a call returns: the type, the sentence, and a table of the result's parts."""
    if isclass(call):
        return ""
    annotation = str(signature(call).return_annotation)
    kind = _result_types().get(annotation.removesuffix(" | None"))
    shown = _in_words(annotation) if kind is None else _linked(annotation)
    text = f"**Returns** {shown}: {as_markdown(told.returns)}"
    if kind is None or kind.__module__ not in _STAGE_RESULTS:
        return text
    return f"{text}\n\n{_attributes(kind)}"


_STAGE_RESULTS = (results.__name__, about_duplicates.__name__)


def _in_words(annotation: str) -> str:
    """Return a type in words; what an iterator yields is a link if it has a table."""
    of = re.fullmatch(r"Iterator\[(\w+)\]", annotation)
    if of and of[1] in _result_types():
        return f"*iterator of* {_linked(of[1])}"
    return f"*{as_markdown(_type(annotation))}*"


def _linked(annotation: str) -> str:
    name = annotation.removesuffix(" | None")
    return f"{{py:obj}}`{name}`" + (" or *None*" if name != annotation else "")


def _raised(told: Sections) -> str:
    if not told.raises:
        return "**Raises** nothing of its own."
    rows = [(f"{{py:obj}}`{name}`" if name in _errors() else f"`{name}`", cell(when))
            for name, when in told.raises.items()]  # fmt: skip
    return "**Raises**\n\n" + table(("Error", "When"), rows)


def _errors() -> set[str]:
    return {name for name, thing in vars(gsprep.errors).items() if isclass(thing)}


def _result_types() -> dict[str, type]:
    own = [
        thing
        for module in (results, about_duplicates)
        for thing in vars(module).values()
        if isclass(thing) and thing.__module__ == module.__name__
    ]
    named = (*own, explain.Explanation, ColumnMapping, MappedColumn, Limits, *_REPLIES)
    return {kind.__name__: kind for kind in named}


def result_types() -> str:
    """Return the results of the stages and their attributes."""
    return "\n\n".join(_classes(lambda kind: kind not in _REPLIES))


def reply_types() -> str:
    """Return the results of the endpoints and their attributes."""
    return "\n\n".join(_classes(lambda kind: kind in _REPLIES))


def _classes(chosen: Callable[[type], bool]) -> Iterator[str]:
    for name, kind in _result_types().items():
        if chosen(kind):
            told = documented(kind)
            head = "\n\n".join(filter(None, map(as_markdown, (told.summary, told.text))))
            yield f"````{{py:class}} {name}\n{head}\n\n{_attributes(kind)}\n````"


def _attributes(kind: type) -> str:
    """Return the attributes of a frozen value; those that are explained together stay together."""
    listed = documented(kind).listed
    rows = [
        (f"`{one.name}`", cell(_type(str(one.type))), cell(listed.get(one.name, "")))
        for one in dataclasses.fields(kind)
    ]
    return table(("Attribute", "Type", "Meaning"), rows)
