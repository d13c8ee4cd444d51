"""A whole call turned down, in the service's words.

Codes and texts: the pages "Error Codes for Person API", "Error Codes for Company, Relationship,
and Custom Object APIs" and "User Management APIs", read 2026-11.
"""

from __future__ import annotations


class StoreError(Exception):
    """The database file cannot be used; the message says why and what to do."""


class RefusalError(Exception):
    """The service refuses a call as a whole.

    Attributes:
        code: the service's error code.
        text: what the service says; it never holds a value of the request.
    """

    def __init__(self, code: str, text: str) -> None:
        """Keep the two facts a reply is made of."""
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


class MissingPersonError(RefusalError):
    """A person who is asked for does not exist.

    Attributes:
        field: what the person was looked for by.
        value: what was looked for; it is part of a reply and of no message.
    """

    def __init__(self, field: str, value: str) -> None:
        """Keep what was asked for; the code is the nearest of the person table."""
        self.field = field
        self.value = value
        super().__init__("GSOBJ_PEOPLE1001", "People entities do not exist")


def malformed(text: str) -> RefusalError:
    """Return the refusal of a request that cannot be read.

    The documents name no code for broken JSON or too many records; 1008 is their general one.
    """
    return RefusalError("GSOBJ_1008", text)


def no_rows() -> RefusalError:
    """Return the refusal of a request without records."""
    return RefusalError("GSOBJ_VCRUDR1001", "Row Info cannot be null")


def no_such_object() -> RefusalError:
    """Return the refusal to describe an object that is not there.

    The code stands on the page "Data Management APIs", in ``title``; the HTTP status does not.
    """
    return RefusalError("OBJECT_NOT_FOUND", "Object not found")


def no_such_job() -> RefusalError:
    """Return the refusal to speak of a job, or a result file, that is not there.

    The documents do not say what happens; this code says that nothing fits what was asked for.
    """
    return RefusalError("GSOBJ_1011", "No entity matches the given criteria")


def bad_lookup(text: str) -> RefusalError:
    """Return the refusal of a lookup configuration."""
    return RefusalError("GU_2403", f"lookup configuration invalid: {text}")
