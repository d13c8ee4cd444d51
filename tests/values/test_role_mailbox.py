from __future__ import annotations

import pytest

from gsprep.shipped import shipped_lines
from gsprep.values.mailbox import is_role_mailbox


@pytest.mark.parametrize(
    "address",
    ["info@acme.com", "INFO@ACME.com", "no-reply@acme.com", "no_reply@acme.com", "noreply2@a.com",
     "do.not.reply@acme.com", "support+eu@acme.com", "mailto:sales@acme.com", "Mailer-Daemon@x.co"],
)  # fmt: skip
def test_a_task(address: str) -> None:
    assert is_role_mailbox(address)


@pytest.mark.parametrize(
    "address",
    ["ana@acme.com", "infante@acme.com", "post.malone@acme.com", "sales.ana@acme.com", "info@", "",
     "info", "hr.mueller@acme.de"],
)  # fmt: skip
def test_a_person_or_no_address(address: str) -> None:
    assert not is_role_mailbox(address)


@pytest.mark.parametrize("role", shipped_lines("rules", "lists", "role_mailboxes.txt"))
def test_every_role_of_the_list_is_found(role: str) -> None:
    assert is_role_mailbox(f"{role}@acme.com")
