"""The functions of one value that have a twin for a whole column, and that twin.

``on_distinct`` and its kin look here: whoever asks for the function gets the twin's speed. The
twin gives what the function gives wherever it is sure, which the tests hold it to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from gsprep.values.domain import email_host, host_of
from gsprep.values.email import email_key, is_email, mend_email, normal_email
from gsprep.values.email_column import keyed_emails, mended_emails, normal_emails
from gsprep.values.host_column import email_hosts, named_hosts
from gsprep.values.mail_slip import slip_suggestion
from gsprep.values.phone import is_phone, normal_phone, phone_key, whole_phone
from gsprep.values.phone_column import normal_phones, phone_keys, whole_phones
from gsprep.values.slip_column import suggested_emails
from gsprep.values.text import tidy, tidy_lines
from gsprep.values.text_column import tidied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.values.settled import Settled


def _phones_from_anywhere(values: pa.Array) -> Settled:
    return normal_phones(values, pa.nulls(len(values), pa.large_string()))


# A function that answers yes or no has a twin whose result is null for no.
AT_ONCE: Mapping[Callable[..., object], Callable[[pa.Array], Settled]] = {
    email_host: email_hosts,
    email_key: keyed_emails,
    host_of: named_hosts,
    is_email: normal_emails,
    is_phone: _phones_from_anywhere,
    mend_email: mended_emails,
    normal_email: normal_emails,
    slip_suggestion: suggested_emails,
    tidy: tidied,
    tidy_lines: tidied,
}
PAIRS_AT_ONCE: Mapping[Callable[..., object], Callable[[pa.Array, pa.Array], Settled]] = {
    normal_phone: normal_phones,
    phone_key: phone_keys,
    whole_phone: whole_phones,
}
