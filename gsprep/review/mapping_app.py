"""Mapping page as a web application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, render_template, request

from gsprep.errors import InputError
from gsprep.mapping.columns import ColumnMapping, field_text
from gsprep.review.app import guarded_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.mapping.proposal import Proposal
    from gsprep.review.access import Access, Presence


@dataclass(slots=True)
class Choices:
    """A proposal, the name of the file it is saved as, and the mapping once it is saved."""

    proposal: Proposal
    out: str
    mapping: ColumnMapping | None = None


def make_mapping_app(choices: Choices, access: Access, presence: Presence) -> Flask:
    """Return the page as a WSGI application; saving ends it."""
    app = guarded_app(access, presence)

    @app.get("/")
    def show() -> str:
        return render_template("mapping.html", **_page(choices, _guessed(choices.proposal)))

    @app.post("/")
    def save() -> str | tuple[str, int]:
        proposal = choices.proposal
        texts = [request.form.get(f"field-{at}", "") for at in range(_count(proposal))]
        try:
            mapping = proposal.mapping([proposal.read_choice(text) for text in texts])
        except InputError as failure:
            page = _page(choices, texts) | {"told": str(failure)}
            return render_template("mapping.html", **page), 409
        choices.mapping = mapping
        presence.end()
        sentence = f"Saved as {choices.out}. You can close this window."
        return render_template("sorry.html", title="Saved", sentence=sentence)

    return app


def _count(proposal: Proposal) -> int:
    return len(proposal.guess.columns)


def _guessed(proposal: Proposal) -> list[str]:
    return [field_text(column) or "" for column in proposal.guess.columns]


def _page(choices: Choices, texts: Sequence[str]) -> dict[str, Any]:
    proposal = choices.proposal
    lines = [
        {"column": column, "samples": proposal.samples.get(column.header, ()), "field": text}
        for column, text in zip(proposal.guess.columns, texts, strict=True)
    ]
    return {
        "lines": lines,
        "choices": proposal.choices(),
        "object": proposal.guess.object,
        "out": choices.out,
        "told": None,
    }
