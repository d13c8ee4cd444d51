"""``check``: a frame split by what the service would take, and every reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandera.errors import SchemaErrors

from gsprep.errors import MissingColumnsError
from gsprep.results import FINDING_COLUMNS, Checked
from gsprep.schemas.codes import EXPLANATIONS, Severity
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.objects import fields_of
from gsprep.schemas.same_key import key_columns, normal_key, same_key
from gsprep.schemas.types import TYPE_RULES
from gsprep.values.distinct import on_distinct
from gsprep.values.mail_slip import slip_suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields

_OF_ASSOCIATIONS = {"CompanyPerson": "Company_ID", "RelationshipPerson": "Relationship_ID"}


def check(
    frame: pd.DataFrame,
    schema: pa.DataFrameSchema,
    *,
    key: str | Sequence[str] = ("Email",),
    persons: pd.DataFrame | None = None,
) -> Checked:
    """Split a frame by a schema; each cell is judged as it stands and nothing is mended.

    ``key`` names the columns by which the tenant tells persons apart. ``persons`` are the valid
    persons when ``frame`` holds associations. Rows come back as given, in order; a frame
    without ``row_id`` gets one.

    Raises MissingColumnsError without the columns that tell records apart, and InputError for a
    repeated column name and a repeated or missing ``row_id``.
    """
    text = text_frame(frame)
    of = fields_of(schema)
    found = [
        *_cell_findings(text, schema),
        *_missing_keys(text, of),
        *_mail_slips(text, of),
        *_orphans(text, of, persons),
    ]
    wrong = pd.concat([lines for lines in found if _is_error(lines)] or [_nothing()])
    rest = text[~text.index.isin(wrong.index)]
    found += [
        *_disagreements(rest, of, key_columns(key)),
        *_unknown_columns(text, of),
    ]
    findings = _together(found, of)
    bad = text[ROW_ID].isin(findings.loc[findings["severity"] == "error", ROW_ID]).to_numpy()
    given = frame if ROW_ID in frame.columns else frame.assign(**{ROW_ID: text[ROW_ID].to_numpy()})
    return Checked(given[~bad], given[bad], findings)


def _cell_findings(text: pd.DataFrame, schema: pa.DataFrameSchema) -> Iterator[pd.DataFrame]:
    """Yield what Pandera's column checks found; its exception, which quotes cells, ends here."""
    try:
        schema.validate(text, lazy=True)
    except SchemaErrors as failure:
        cases = failure.failure_cases[["index", "column", "check"]]
    else:
        return
    of = fields_of(schema)
    for (name, code), lines in cases.groupby(["column", "check"], sort=False):
        positions = lines["index"].to_numpy(dtype=np.int64)
        yield _findings(text.loc[positions], of, str(name), str(code))


def _missing_keys(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    for names in of.needed:
        there = [name for name in names if name in text.columns]
        if not there and len(text):
            known = [name for name in text.columns if of.knows(name)]
            raise MissingColumnsError(names[:1], of=f"a {of.name} frame", found=known)
        empty = text[text[there].isna().all(axis=1)] if there else text
        if len(empty):
            found = _findings(empty, of, names[0], "GSOBJ_VCUSTOM1012")
            which = EXPLANATIONS["GSOBJ_VCUSTOM1012"].message.format(column=" or ".join(names))
            yield found.assign(message=which)


def _mail_slips(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    for name in of.among(text.columns):
        if of[name].type == "EMAIL":
            suggestion = on_distinct(text[name], slip_suggestion)
            slips = suggestion.notna()
            if slips.any():
                lines = _findings(text[slips], of, name, "GSPREP_MAILSLIP")
                yield lines.assign(suggestion=suggestion[slips])


def _orphans(
    text: pd.DataFrame, of: ObjectFields, persons: pd.DataFrame | None
) -> Iterator[pd.DataFrame]:
    if persons is None:
        return
    known = text_frame(persons, of="persons")
    with_person = pd.Series(data=False, index=text.index)
    for mine, theirs in (("Email", "Email"), ("Person_ID", "Gsid")):
        if mine in text.columns and theirs in known.columns:
            key = normal_key(text, [mine])[mine]
            with_person |= key.isin(normal_key(known, [theirs])[theirs].dropna())
    orphans = text[~with_person]
    if len(orphans):
        yield _findings(orphans, of, of.needed[0][0], "GSOBJ_PEOPLE1001")


def _disagreements(
    rest: pd.DataFrame, of: ObjectFields, key: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Yield rows whose key an earlier row has and whose fields say something else.

    Rows that are rejected anyhow do not count: a wrong row never stops a right one.
    """
    names = _keys_of(of, key, rest)
    if not names or rest.empty:
        return
    groups = same_key(rest, names, [name for name in of.among(rest.columns) if of.sends(name)])
    lines = rest[groups.conflict]
    if len(lines):
        first = rest[ROW_ID].to_numpy()[groups.leader[groups.conflict]]
        found = _findings(lines, of, names[0], "GSOBJ_VCUSTOM1007")
        where = zip(groups.field[groups.conflict], first, strict=True)
        yield found.assign(
            message=[f"Row {row} has the same key but another {field}." for field, row in where]
        )


def _keys_of(of: ObjectFields, key: Sequence[str], frame: pd.DataFrame) -> list[str]:
    person = list(key)
    if of.name != "Person":
        # An association may say who is meant by a part of the key, or by the person's Gsid.
        person = [name for name in key if name in frame] or ["Person_ID"]
    own = _OF_ASSOCIATIONS.get(of.name)
    names = [*person, own] if own else person
    return names if names and all(name in frame for name in names) else []


def _unknown_columns(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    for name in text.columns:
        if name != ROW_ID and not of.knows(name):
            whole = pd.DataFrame({ROW_ID: [None]}, dtype="str")
            yield _findings(whole, of, name, "GSPREP_UNKNOWNFIELD")


def _findings(lines: pd.DataFrame, of: ObjectFields, column: str, code: str) -> pd.DataFrame:
    """Return one finding for each of the lines; the index stays the record's position."""
    explanation = EXPLANATIONS[code]
    cells = lines[column] if column in lines.columns else pd.Series(pd.NA, lines.index, dtype="str")
    found = pd.DataFrame(
        {
            ROW_ID: lines[ROW_ID],
            "column": column,
            "value": cells,
            "code": code,
            "message": explanation.message.format(column=column, length=of[column].length),
            "hint": explanation.hint,
            "suggestion": _suggestions(cells, of, column, code),
            "severity": _severity(of, column, code),
        },
        index=lines.index,
    )
    return found.astype("str")


def _suggestions(cells: pd.Series[str], of: ObjectFields, column: str, code: str) -> pd.Series[str]:
    rule = TYPE_RULES.get(of[column].type)
    if rule is None or rule.code != code:
        return pd.Series(pd.NA, cells.index, dtype="str")
    return on_distinct(
        cells, lambda text: mended if (mended := rule.mend(text)) and rule.holds(mended) else None
    )


def _severity(of: ObjectFields, column: str, code: str) -> Severity:
    """Only what the service would refuse keeps a row out."""
    needed = {name for names in of.needed for name in names}
    is_ours = code.startswith("GSPREP_")
    sent = of.sends(column) or column in needed
    return "error" if sent and not is_ours else "warning"


def _is_error(lines: pd.DataFrame) -> bool:
    return bool((lines["severity"] == "error").any())


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in FINDING_COLUMNS})


def _together(found: list[pd.DataFrame], of: ObjectFields) -> pd.DataFrame:
    """Return all findings by record and field; those on whole columns stand at the end, by name."""
    if not found:
        return _nothing()
    lines = pd.concat(found)
    names = list(dict.fromkeys(lines["column"]))
    known = of.among(names)
    places = {name: at for at, name in enumerate([*known, *sorted(set(names) - set(known))])}
    order = np.lexsort(
        (lines["column"].map(places), lines.index.to_numpy(), lines[ROW_ID].isna().to_numpy())
    )
    return lines.iloc[order][list(FINDING_COLUMNS)].reset_index(drop=True).astype("str")
