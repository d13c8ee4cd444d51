"""Settings from the environment: tenant, access key, data folder."""

from __future__ import annotations

import getpass
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self
from urllib.parse import SplitResult, urlsplit

from platformdirs import user_data_path

from gsprep.display import reveal
from gsprep.errors import SettingsError
from gsprep.lazy import lazy_module

if TYPE_CHECKING:
    from urllib import request
else:
    request = lazy_module("urllib.request")

# Tenants are at <sub-domain>.gainsightcloud.com unless they have their own domain
# (People API documentation, "Endpoint URL").
_HOME_OF_TENANTS = "gainsightcloud.com"
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_KEY = re.compile(r"[!-~]{1,512}")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_CURE = "give a sub-domain (acme), a host, or the address that your browser shows"


class AccessKey:
    """A tenant's access key; only ``reveal`` returns its text.

    Raises SettingsError for a key that is empty or not allowed in a header.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Store the key without outer blanks."""
        key = value.strip()
        if not _KEY.fullmatch(key):
            raise SettingsError(
                "the access key is empty, or has blanks or characters that no key has: "
                "copy it again"
            )
        self._value = key

    def reveal(self) -> str:
        """Return the key itself, for the header."""
        return self._value

    def __repr__(self) -> str:
        return "AccessKey(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise SettingsError("an access key cannot be pickled: read it again in the other process")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Settings from the environment.

    Attributes:
        url: the tenant's origin, from GAINSIGHT_URL; None if it is not set.
        access_key: from GAINSIGHT_ACCESS_KEY; None if it is not set.
        home: the folder for gsprep's own files, from GSPREP_HOME.
    """

    url: str | None
    access_key: AccessKey | None
    home: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the variables; a blank one counts as not set. Raises SettingsError."""
        url, key, home = (
            environ.get(name, "").strip()
            for name in ("GAINSIGHT_URL", "GAINSIGHT_ACCESS_KEY", "GSPREP_HOME")
        )
        return cls(
            url=tenant_url(url) if url else None,
            access_key=AccessKey(key) if key else None,
            home=Path(home).expanduser() if home else user_data_path("gsprep", appauthor=False),
        )

    def need_url(self) -> str:
        """Return the tenant's origin; SettingsError if there is none."""
        if self.url is None:
            raise SettingsError(
                "no tenant is named: set GAINSIGHT_URL, or use --to. `gsprep run` and "
                "`gsprep upload` also take --dry-run (sends nothing) or --sandbox (a simulator)"
            )
        return self.url

    def need_access_key(self) -> AccessKey:
        """Return the key; SettingsError if there is none."""
        if self.access_key is None:
            raise SettingsError(
                "there is no access key: set GAINSIGHT_ACCESS_KEY in the environment"
            )
        return self.access_key


def reveal_if_asked(environ: Mapping[str, str] = os.environ) -> None:
    """Show values on this screen from now on if GSPREP_REVEAL is 1."""
    if asks_to_reveal(environ):
        reveal()


def asks_to_reveal(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether GSPREP_REVEAL is 1."""
    return environ.get("GSPREP_REVEAL", "").strip() == "1"


def key_variable(name: str) -> str:
    """Return the variable that holds the secret of a connection.

    >>> key_variable("acme-eu")
    'GSPREP_KEY_ACME_EU'
    """
    return f"GSPREP_KEY_{re.sub(r'[^A-Z0-9]', '_', name.upper())}"


def secret_of(name: str, environ: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """Return the secret of a connection and where it was found; None without one.

    It is the value of its variable, or the content of the file that the variable with ``_FILE``
    names. Raises SettingsError if that file cannot be read.
    """
    variable = key_variable(name)
    if (value := environ.get(variable, "")).strip():
        return value, f"env:{variable}"
    if path := environ.get(f"{variable}_FILE", "").strip():
        return secret_at(f"file:{path}"), f"file:{path}"
    return None


def secret_at(reference: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the secret at ``env:VARIABLE`` or ``file:PATH``; SettingsError if there is none."""
    kind, _, place = reference.partition(":")
    if kind not in {"env", "file"} or not place.strip():
        raise SettingsError("a secret is read from env:VARIABLE or file:PATH: write one of them")
    if kind == "env":
        value = environ.get(place.strip(), "")
        if not value.strip():
            raise SettingsError(f"the variable {place} is not set: it has to hold the secret")
        return value
    try:
        value = Path(place).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"the file of the secret, {place}, cannot be read: check it") from None
    if not value.strip():
        raise SettingsError(f"the file of the secret, {place}, is empty: write the secret into it")
    return value.rstrip("\r\n")


def user_name() -> str:
    """Return the login name of the user; "unknown" if there is none, as in some containers."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return "unknown"


def home_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for gsprep's own files; the other variables may be wrong."""
    return Settings.from_environ({"GSPREP_HOME": environ.get("GSPREP_HOME", "")}).home


def surroundings(environ: Mapping[str, str] = os.environ) -> Mapping[str, str | None]:
    """Return the problem of each variable that is set, None for a good one; no values."""
    found: dict[str, str | None] = {}
    for name in ("GAINSIGHT_URL", "GAINSIGHT_ACCESS_KEY", "GSPREP_HOME"):
        if environ.get(name, "").strip():
            try:
                Settings.from_environ({name: environ[name]})
            except SettingsError as failure:
                found[name] = str(failure)
            else:
                found[name] = None
    return found


def tenant_url(text: str) -> str:
    """Return a tenant's origin from a sub-domain, a host or a pasted address.

    http is for loopback only. Raises SettingsError; its message never has the text, because a
    pasted address may contain a session.

    >>> tenant_url("acme"), tenant_url("https://ACME.gainsightcloud.com/v1/ui/home#/c")
    ('https://acme.gainsightcloud.com', 'https://acme.gainsightcloud.com')
    >>> tenant_url("http://127.0.0.1:8080")
    'http://127.0.0.1:8080'
    """
    parts, port = _split(text.strip())
    host = _host(parts, port, bare="://" not in text)
    loopback = _is_loopback(host)
    scheme = parts.scheme or ("http" if loopback else "https")
    if scheme not in _DEFAULT_PORTS:
        raise SettingsError(f"the address of the tenant is not an https address: {_CURE}")
    if scheme == "http" and not loopback:
        raise SettingsError(
            "http would send the key without encryption: use https; http is for this machine only"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}")


def system_url(text: str) -> str:
    """Return the address of a system with its path; raises SettingsError as ``tenant_url`` does.

    >>> system_url("api2-eu-west-1.insided.com"), system_url("http://127.0.0.1:8765/community/eu/")
    ('https://api2-eu-west-1.insided.com', 'http://127.0.0.1:8765/community/eu')
    """
    path = _split(text.strip())[0].path.rstrip("/")
    if not _PATH.fullmatch(path):
        raise SettingsError("the path of the address has characters no path has: copy it again")
    return tenant_url(text) + path


def _split(text: str) -> tuple[SplitResult, int | None]:
    if not text.isascii() or not text.isprintable() or re.search(r"[\s\\]", text):
        raise SettingsError(f"the address of the tenant has characters no address has: {_CURE}")
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if not parts.hostname or port == 0:
        raise SettingsError(f"the address of the tenant cannot be read: {_CURE}")
    if "@" in parts.netloc:
        raise SettingsError(f"the address of the tenant contains a user name: {_CURE}")
    return parts, port


def _host(parts: SplitResult, port: int | None, *, bare: bool) -> str:
    host = (parts.hostname or "").removesuffix(".")
    if _is_address(host):
        return host
    labels = host.split(".")
    if not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise SettingsError(f"the address of the tenant has no valid host: {_CURE}")
    if bare and len(labels) == 1 and port is None and host != "localhost":
        return f"{host}.{_HOME_OF_TENANTS}"
    return host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def proxy_for(url: str) -> str | None:
    """Return the system's proxy for an origin; None for a direct connection, as to loopback."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_loopback(host) or request.proxy_bypass(host):
        return None
    proxies = request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and not proxy.startswith(("http://", "https://")):
        raise SettingsError("the proxy of this system is neither http nor https: set HTTPS_PROXY")
    return proxy
