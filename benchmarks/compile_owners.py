"""Compiler of rules/lists/owners.txt: domains of one owner.

    python benchmarks/compile_owners.py FOLDER

FOLDER holds apple_shared_credentials.json and chrome_related_website_sets.json. Sets that share a
domain become one. Hosts below a registered domain are left out, because a shop may be below another
owner's domain. Run it again when a source has a new release.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tldextract import TLDExtract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OWNERS = Path(__file__).resolve().parent.parent / "rules" / "lists" / "owners.txt"
HEAD = """\
# Domains that belong to one owner, one owner a line.
# Sources: shared-credentials.json of apple/password-manager-resources (MIT) and
# related_website_sets.JSON of GoogleChrome/related-website-sets (Apache-2.0).
"""
SUFFIXES = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def main() -> None:
    """Write the list."""
    folder = Path(sys.argv[1])
    apple = json.loads((folder / "apple_shared_credentials.json").read_text(encoding="utf-8"))
    chrome = json.loads((folder / "chrome_related_website_sets.json").read_text(encoding="utf-8"))
    owners = _joined([*map(_of_apple, apple), *map(_of_chrome, chrome["sets"])])
    lines = sorted(" ".join(sorted(owner)) for owner in owners if len(owner) > 1)
    text = "".join(f"{line}\n" for line in lines)
    OWNERS.write_text(HEAD + text, encoding="utf-8", newline="\n")


def _of_apple(entry: dict[str, Any]) -> set[str]:
    return _registered([*entry.get("shared", ()), *entry.get("from", ()), *entry.get("to", ())])


def _of_chrome(entry: dict[str, Any]) -> set[str]:
    by_country = entry.get("ccTLDs") or {}
    listed = (entry.get(name) or () for name in ("associatedSites", "serviceSites"))
    sites = [entry["primary"], *(site for sites in listed for site in sites)]
    sites += [site for main, others in by_country.items() for site in (main, *others)]
    return _registered(site.removeprefix("https://") for site in sites)


def _registered(hosts: Iterable[str]) -> set[str]:
    bare = (host.removeprefix("www.") for host in hosts)
    return {host for host in bare if SUFFIXES(host).top_domain_under_public_suffix == host}


def _joined(sets: list[set[str]]) -> Iterator[set[str]]:
    """Yield the sets, those that share a domain as one."""
    left = list(sets)
    while left:
        owner = left.pop()
        while near := [other for other in left if owner & other]:
            owner = owner.union(*near)
            left = [other for other in left if not owner & other]
        yield owner


if __name__ == "__main__":
    main()
