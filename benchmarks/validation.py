"""Time of `clean` and `check` compared with the two libraries.

``python benchmarks/validation.py`` prints one line for each size and share of bad rows. Each is
measured in its own process, for the peak of its memory. Every address and every phone number occurs
once. The libraries are called row by row in the same process, on 50,000 of the rows.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from gsprep import Person, check, clean

if TYPE_CHECKING:
    from collections.abc import Callable

# Numbers of rows and shares of bad rows.
MEASURED = (
    (10_000, 0.1), (100_000, 0.1), (1_000_000, 0.1), (3_000_000, 0.1),
    (1_000_000, 0.01), (1_000_000, 0.5),
)  # fmt: skip
PEER_ROWS = 50_000

_GIVEN = (
    "Ana", "José", "Liam", "Zoë", "Marta", "Olga", "Иван", "伟", "Noah", "Emma", "Çelik", "Aino",
    "Pedro", "Nguyễn", "Siobhán", "Max",
)  # fmt: skip
_FAMILY = (
    "Ruiz", "Müller", "O'Brien", "Smith", "Kowalska", "Ng", "Ivanov", "王", "Lindqvist", "Haddad",
    "Okafor", "Silva",
)  # fmt: skip
_MADE_UP = ("north", "acme", "blue", "stone", "river", "apex", "delta", "nova", "prime", "terra")
_ENDINGS = ("com", "de", "co.uk", "io", "com.br", "fr")
# Country, how a number of it begins abroad and at home, the national number's first digits and
# how many digits follow.
_PLACES = (
    ("US", "+1 ", "", "415", 7), ("GB", "+44 ", "0", "20", 8), ("DE", "+49 ", "0", "30", 8),
    ("FR", "+33 ", "0", "1", 8), ("BR", "+55 ", "", "11", 9), ("IN", "+91 ", "0", "98", 8),
    ("ES", "+34 ", "", "91", 7), ("AU", "+61 ", "0", "2", 8),
)  # fmt: skip
_BAD_MAIL = ("{0}", "{0}@", "{0}@{1}@{1}", "{0} {1}", "{0}@acme", "{0}..x@{1}", "n/a {0}")
_BAD_PHONE = ("n/a {0}", "{0}", "+999 {0}", "+1 {0}", "call {0} me")


def people(rows: int, bad: float, seed: int = 1) -> pd.DataFrame:
    """Return a frame of persons; the share ``bad`` has a bad address or phone number."""
    random = np.random.default_rng(seed)
    wrong = random.random(rows)
    numbers = random.permutation(rows)
    given, family = (random.choice(names, rows) for names in (_GIVEN, _FAMILY))
    domain = _domains(random, rows)
    places = random.integers(0, len(_PLACES), rows)
    notation = random.integers(0, 5, rows)
    mail = [
        _mail(n, d, w < bad / 2)
        for n, d, w in zip(numbers.tolist(), domain, wrong.tolist(), strict=True)
    ]
    phone = [
        _phone(n, p, how, bad / 2 <= w < bad)
        for n, p, how, w in zip(
            numbers.tolist(), places.tolist(), notation.tolist(), wrong.tolist(), strict=True
        )
    ]
    columns = {
        "Email": mail,
        "FirstName": given,
        "LastName": family,
        "Phone": phone,
        "Country": [_PLACES[place][0] for place in places],
    }
    return pd.DataFrame(columns, dtype="str")


def _domains(random: np.random.Generator, rows: int) -> list[str]:
    first, second = (random.choice(_MADE_UP, rows) for _ in range(2))
    house = random.integers(0, 500, rows)
    ending = random.choice(_ENDINGS, rows)
    parts = zip(first, second, house.tolist(), ending, strict=True)
    return [f"{a}{'-' if n % 3 else ''}{b}{n}.{end}" for a, b, n, end in parts]


def _mail(number: int, domain: str, bad: object) -> str:
    mailbox = f"ana.ruiz{number}" if number % 7 else f"Ana_Ruiz+{number}"
    if bad:
        return _BAD_MAIL[number % len(_BAD_MAIL)].format(mailbox, domain)
    return f"{mailbox}@{domain if number % 5 else domain.upper()}"


def _phone(number: int, place: int, notation: int, bad: object) -> str:
    if bad:
        return _BAD_PHONE[number % len(_BAD_PHONE)].format(f"{number % 100_000:05d}")
    _, abroad, home, first, length = _PLACES[place]
    digits = f"{10**length // 9 + number * 7:0{length}d}"[-length:]
    half = length // 2
    return (
        f"{abroad}{first} {digits[:half]} {digits[half:]}",
        f"00{abroad[1:]}{first}{digits}",
        f"({home}{first}) {digits[:half]}-{digits[half:]}",
        f"{home}{first}.{digits[:half]}.{digits[half:]}",
        f"{abroad}{first} {digits} ext. {number % 1000}",
    )[notation]


def by_the_libraries(frame: pd.DataFrame) -> None:
    """Call email-validator and phonenumbers once for every row."""
    for mail, phone, country in zip(frame["Email"], frame["Phone"], frame["Country"], strict=True):
        with suppress(EmailNotValidError):
            validate_email(mail, check_deliverability=False)
        try:
            number = phonenumbers.parse(phone, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def measure(rows: int, bad: float) -> dict[str, float]:
    """Return the seconds of clean, check and the libraries, and the peak in megabytes."""
    frame = people(rows, bad)
    start = perf_counter()
    cleaned = clean(frame)
    between = perf_counter()
    checked = check(cleaned.frame, Person)
    end = perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    few = frame.head(PEER_ROWS)
    peers = _seconds(lambda: by_the_libraries(few)) * rows / len(few)
    return {
        "rows": rows, "bad": bad, "rejected": len(checked.rejected), "clean": between - start,
        "check": end - between, "both": end - start, "peers": peers,
        "ratio": peers / (end - start), "peak_mb": peak,
    }  # fmt: skip


def main() -> None:
    """Measure every size in its own process and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, metavar=("ROWS", "BAD"), help="measure once, as JSON")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(int(asked.one[0]), float(asked.one[1]))))
        return
    print(
        f"{'rows':>9} {'bad':>5} {'clean':>7} {'check':>7} {'both':>7} {'peers':>7} "
        f"{'ratio':>6} {'MB':>6}"
    )
    for rows, bad in MEASURED:
        command = [sys.executable, __file__, "--one", str(rows), str(bad)]
        line = json.loads(subprocess.check_output(command))  # noqa: S603  this file itself
        print(
            f"{rows:>9} {bad:>5.0%} {line['clean']:>7.2f} {line['check']:>7.2f} "
            f"{line['both']:>7.2f} {line['peers']:>7.1f} {line['ratio']:>6.1f} "
            f"{line['peak_mb']:>6.0f}"
        )


if __name__ == "__main__":
    main()
