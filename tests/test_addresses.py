"""Host names, addresses and origins: what is one, and in which form it is compared."""

from __future__ import annotations

import pytest

from qa.addresses import Host, Origin, address, host, host_name, is_loopback, network, origin


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("127.0.0.1:7860", Host("127.0.0.1", 7860)),
        ("Footnote.Example", Host("footnote.example", None)),
        ("[::1]:80", Host("::1", 80)),
        ("[0:0::1]", Host("::1", None)),
        ("[::ffff:127.0.0.1]", Host("127.0.0.1", None)),
    ],
)
def test_hosts_come_to_one_form(header: str, said: Host) -> None:
    assert host(header) == said


@pytest.mark.parametrize(
    "header",
    [
        *("", " ", "a b", "a:b", "a:", "a:0", "a:99999", "a@b", "a/b", "a..b", "-a", "a.", "a#b", "é", "a\n"),
        *("[::1", "::1", "[::1].a", "127.0.0.1,b", "x" * 64, ".".join(["x" * 60] * 5)),
    ],
)
def test_what_is_no_host(header: str) -> None:
    assert host(header) is None


def test_the_names_of_settings() -> None:
    assert host_name("Footnote_1.example") == "footnote_1.example"
    assert host_name("[::1]") == host_name("0::1") == "::1"
    assert host_name("footnote.example:80") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://A.example", Origin("https", "a.example", 443)),
        ("http://[::1]:7860", Origin("http", "::1", 7860)),
        ("http://a.example:80", Origin("http", "a.example", 80)),
        ("null", None),
        ("*", None),
        ("https://a.example/", None),
        ("https://me:word@a.example", None),
        ("https://", None),
        ("a.example", None),
        ("file://a", None),
    ],
)
def test_origins_come_to_one_form(text: str, said: Origin | None) -> None:
    assert origin(text) == said


@pytest.mark.parametrize("text", ["https://a.example", "http://[::1]:7860", "http://a.example:443"])
def test_an_origin_is_written_as_browsers_do(text: str) -> None:
    assert str(origin(text)) == text


@pytest.mark.parametrize(
    ("page", "header", "scheme", "belongs"),
    [
        ("http://a.example", "a.example", "http", True),
        ("http://a.example:7860", "a.example:7860", "http", True),
        ("https://a.example", "a.example", "http", True),  # a proxy ended TLS
        ("http://a.example", "a.example", "https", False),
        ("http://a.example:81", "a.example", "http", False),
        ("http://a.example", "a.example:81", "http", False),
        ("http://b.example", "a.example", "http", False),
        ("http://a.example.b.example", "a.example", "http", False),
    ],
)
def test_which_pages_belong_to_a_site(page: str, header: str, scheme: str, belongs: bool) -> None:
    named, asked = origin(page), host(header)
    assert named
    assert asked
    assert named.is_at(asked, scheme) is belongs


def test_addresses_and_networks() -> None:
    assert str(address("::ffff:10.0.0.1")) == "10.0.0.1"
    assert address("testclient") is None
    assert str(network("10.0.0.0/8")) == "10.0.0.0/8"
    assert network("10.0.0.1/8") is network("0.0.0.0/0") is network("a") is None


def test_loopback() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "localhost.example", "")))
