from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from each_row import each_row

from gsprep.errors import SettingsError
from gsprep.settings import (
    AccessKey,
    Settings,
    home_folder,
    proxy_for,
    surroundings,
    tenant_url,
    user_name,
)


@each_row(
    ("text", "origin"),
    [
        pytest.param("acme", "https://acme.gainsightcloud.com", id="sub-domain"),
        pytest.param(" Acme ", "https://acme.gainsightcloud.com", id="case and blanks"),
        pytest.param("acme.gainsightcloud.com", "https://acme.gainsightcloud.com", id="host"),
        pytest.param("cs.acme.com", "https://cs.acme.com", id="custom domain"),
        pytest.param("cs.acme.com.", "https://cs.acme.com", id="trailing dot"),
        pytest.param(
            "https://acme.gainsightcloud.com/v1/ui/home?x=1#/c360",
            "https://acme.gainsightcloud.com",
            id="pasted address",
        ),
        pytest.param(
            "acme.gainsightcloud.com/v1/ui", "https://acme.gainsightcloud.com", id="no scheme"
        ),
        pytest.param(
            "HTTPS://ACME.example.com:443/", "https://acme.example.com", id="default port"
        ),
        pytest.param("https://acme.example.com:8443", "https://acme.example.com:8443", id="port"),
        pytest.param("http://localhost:5000/x", "http://localhost:5000", id="loopback name"),
        pytest.param("localhost:5000", "http://localhost:5000", id="bare loopback"),
        pytest.param("http://127.0.0.1", "http://127.0.0.1", id="loopback address"),
        pytest.param("http://[::1]:81", "http://[::1]:81", id="loopback IPv6"),
        pytest.param("https://localhost", "https://localhost", id="https loopback"),
    ],
)
def test_a_tenant_is_named_in_many_ways(text: str, origin: str) -> None:
    assert tenant_url(text) == origin
    assert tenant_url(origin) == origin


@each_row(
    "text",
    [
        "", "  ", "http://acme.gainsightcloud.com", "ftp://acme.com", "file:///etc/passwd",
        "https://user:pass@acme.com", "acme@evil.com", "https://@acme.com", "https://",
        "https://acme.com:0", "https://acme.com:99999", "https://acme.com:x", "javascript:alert(1)",
        "a b.com", "acme\\.evil.com", "https://ac\nme.com", "https://аcme.com", "acme_.com",
        "-acme", "acme..com", "http://127.0.0.1.evil.com", "http://localhost.evil.com",
        "http://0.0.0.0", "http://10.0.0.1", "1.2.3", "https://[::1", "https://999.1.1.1", "://x",
        "acme,evil.com", "http://127.0.0.1@evil.com",
    ],
)  # fmt: skip
def test_nonsense_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        tenant_url(text)
    assert text.strip() not in str(caught.value) or not text.strip()


def test_a_key_shows_itself_to_nobody_but_reveal() -> None:
    key = AccessKey(" canary ")
    shown = [repr(key), str(key), f"{key}", f"{key!r:>30}", repr([key]), repr(Settings(
        url=None, access_key=key, home=Path())), repr(copy.deepcopy(key))]  # fmt: skip
    assert key.reveal() == "canary"
    assert not [text for text in shown if "canary" in text]
    with pytest.raises(SettingsError):
        pickle.dumps(key)


@each_row("value", ["", "  ", "a b", "a\nb", "ключ", "x" * 600])
def test_what_cannot_travel_in_a_header_is_no_key(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        AccessKey(value)
    assert not value.strip() or value not in str(caught.value)


def test_the_environment_is_read_once() -> None:
    environ = {"GAINSIGHT_URL": "acme", "GAINSIGHT_ACCESS_KEY": "k", "GSPREP_HOME": "/tmp/x"}  # noqa: S108  a name only
    settings = Settings.from_environ(environ)
    assert settings.need_url() == "https://acme.gainsightcloud.com"
    assert settings.need_access_key().reveal() == "k"
    assert settings.home == Path("/tmp/x")  # noqa: S108  a name only


def test_blank_variables_are_as_good_as_none() -> None:
    settings = Settings.from_environ({"GAINSIGHT_URL": " ", "GAINSIGHT_ACCESS_KEY": ""})
    for need in (settings.need_url, settings.need_access_key):
        with pytest.raises(SettingsError, match="set GAINSIGHT_"):
            need()


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        pytest.param({}, "https://acme.com", None, id="none"),
        pytest.param({"https_proxy": "http://p:1"}, "https://acme.com", "http://p:1", id="proxy"),
        pytest.param({"https_proxy": "http://p:1"}, "http://127.0.0.1:5", None, id="loopback"),
        pytest.param(
            {"https_proxy": "http://p:1", "no_proxy": "acme.com"},
            "https://acme.com",
            None,
            id="not for it",
        ),
    ],
)
def test_the_proxy_of_the_system_is_taken(
    environ: Any, url: Any, proxy: Any, monkeypatch: Any
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


def test_a_proxy_of_another_kind_is_named(monkeypatch: Any) -> None:
    monkeypatch.setenv("https_proxy", "socks5://p:1")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(SettingsError, match="neither http nor https"):
        proxy_for("https://acme.com")


def test_a_user_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "maria")
    assert user_name() == "maria"


def test_a_user_without_a_name_is_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as a number nobody gave a name."""

    def unknown() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert user_name() == "unknown"


def test_what_is_set_is_told_without_its_value() -> None:
    environ = {"GAINSIGHT_URL": "acme", "GAINSIGHT_ACCESS_KEY": "canary key", "GSPREP_HOME": " "}
    told = surroundings(environ)
    assert list(told) == ["GAINSIGHT_URL", "GAINSIGHT_ACCESS_KEY"]
    assert told["GAINSIGHT_URL"] is None
    assert "copy it again" in str(told["GAINSIGHT_ACCESS_KEY"])
    assert "canary" not in str(told)


def test_the_folder_is_known_whatever_else_is_wrong() -> None:
    environ = {"GAINSIGHT_URL": "ftp://acme", "GSPREP_HOME": "/data/gsprep"}
    assert home_folder(environ) == Path("/data/gsprep")
