"""Forms of a request body: an object, a list of one, a file.

The documents show one form and speak of another: one person is "passed as an array item", a job
is loaded "using a JSON file". The form of the samples goes first. Another one is tried only after
a refusal, which says that nothing was taken, and what was accepted is kept for the calls to come.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.calls.error_codes import asks
from gsprep.calls.responses import is_of_form
from gsprep.errors import RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsprep.calls.call import Reply

    Form = Callable[[bytes, RejectedError | None], "Body"]

JSON = "application/json"
_UNSUPPORTED = 415
_OF_THE_BODY = frozenset({200, 400, _UNSUPPORTED, 422})
# A refusal that asks for a file says what it is to be called: part 'file', parameter "upload".
_PART = re.compile(r"\b(?:part|param(?:eter)?|field|named?)\b\W{1,3}([A-Za-z]\w{0,40})['\"`]")


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a call and what they are."""

    content: bytes
    media: str = JSON


def as_object(content: bytes, _: RejectedError | None) -> Body:
    """Return JSON as it is."""
    return Body(content)


def as_list(content: bytes, _: RejectedError | None) -> Body:
    """Return a JSON value as a list of one."""
    return Body(b"[" + content + b"]")


def as_file(content: bytes, refusal: RejectedError | None) -> Body:
    """Return JSON as a file in a form, under the name that a refusal asks for or else ``file``.

    >>> as_file(b"{}", None).media.partition(";")[0]
    'multipart/form-data'
    """
    found = _PART.search(refusal.said) if refusal is not None else None
    name, boundary = found[1] if found else "file", secrets.token_hex(16)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="people.json"'
        f"\r\nContent-Type: {JSON}\r\n\r\n"
    )
    end = f"\r\n--{boundary}--\r\n"
    return Body(
        b"".join((head.encode(), content, end.encode())),
        f"multipart/form-data; boundary={boundary}",
    )


class Forms:
    """The forms of one kind of call, the accepted one first; of another nothing is known yet."""

    def __init__(self, *forms: Form) -> None:
        """Begin with the form of the samples."""
        self._forms: Sequence[Form] = forms
        self._asked_for: RejectedError | None = None

    def send(self, content: bytes, call: Callable[[Body], Reply]) -> Reply:
        """Return the reply to a call; raises the refusal of the first form if all are refused."""
        first, *others = self._forms
        try:
            reply = call(first(content, self._asked_for))
        except RejectedError as refusal:
            if not others or not _is_of_the_form(refusal):
                raise
            return self._send_otherwise(content, call, refusal)
        self._forms = (first,)
        return reply

    def _send_otherwise(
        self, content: bytes, call: Callable[[Body], Reply], refusal: RejectedError
    ) -> Reply:
        for form in self._forms[1:]:
            try:
                reply = call(form(content, refusal))
            except RejectedError as other:
                if other.may_be_stored:
                    raise
                continue
            self._forms, self._asked_for = (form,), refusal
            return reply
        # The other forms are refused as well: what is wrong is something else.
        self._forms = self._forms[:1]
        raise refusal


def _is_of_the_form(refusal: RejectedError) -> bool:
    """Tell whether a refusal may be of the form of a body rather than of what it says."""
    if refusal.may_be_stored or refusal.status not in _OF_THE_BODY:
        return False
    # A code that is known for values may be in a refusal of the form: its words say so.
    if refusal.status == _UNSUPPORTED or is_of_form(refusal.said):
        return True
    return bool(refusal.said) and asks(refusal.code) is None and not refusal.field
