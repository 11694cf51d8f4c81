"""Which proxy a request goes through."""

from __future__ import annotations

import pytest

from monitor.errors import SettingsError
from monitor.net.proxies import read_proxies

P = "http://proxy.example:3128"
Q = "http://other.example:3128"


@pytest.mark.parametrize(
    ("configured", "environ", "asked", "proxy"),
    [
        (None, {}, ("http", "news.example"), None),
        (P, {}, ("http", "news.example"), P),
        (P, {}, ("https", "news.example"), P),
        (P, {"https_proxy": Q, "no_proxy": "*"}, ("https", "news.example"), P),
        (None, {"HTTP_PROXY": P}, ("http", "news.example"), P),
        (None, {"HTTP_PROXY": P}, ("https", "news.example"), None),
        (None, {"HTTPS_PROXY": P}, ("https", "news.example"), P),
        (None, {"https_proxy": Q, "HTTPS_PROXY": P}, ("https", "news.example"), Q),
        (None, {"https_proxy": "proxy.example:3128"}, ("https", "news.example"), P),
        (None, {"HTTP_PROXY": P, "REQUEST_METHOD": "GET"}, ("http", "news.example"), None),
        (None, {"http_proxy": P, "REQUEST_METHOD": "GET"}, ("http", "news.example"), P),
        (None, {"http_proxy": P, "NO_PROXY": "news.example"}, ("http", "news.example"), None),
        (None, {"http_proxy": P, "no_proxy": "a.example, News.example"}, ("http", "news.example"), None),
        (None, {"http_proxy": P, "no_proxy": ".example"}, ("http", "news.example"), None),
        (None, {"http_proxy": P, "no_proxy": "ews.example"}, ("http", "news.example"), P),
        (None, {"http_proxy": P, "no_proxy": "127.0.0.1"}, ("http", "127.0.0.1"), None),
        (None, {"http_proxy": P, "no_proxy": "*"}, ("http", "news.example"), None),
        (None, {"http_proxy": P, "no_proxy": ","}, ("http", "news.example"), P),
    ],
)
def test_the_configured_proxy_comes_before_the_environments(
    configured: str | None, environ: dict[str, str], asked: tuple[str, str], proxy: str | None
) -> None:
    assert read_proxies(configured, environ).choose(*asked) == proxy


@pytest.mark.parametrize(
    "value", ["socks5://u:secret@proxy.example:1080", "http://", "http://u:secret@h:port", "ftp://h"]
)
def test_what_is_no_http_proxy_is_an_error_that_tells_no_password(value: str) -> None:
    for configured, environ, name in ((value, {}, "net.proxy"), (None, {"HTTP_PROXY": value}, "http_proxy")):
        with pytest.raises(SettingsError, match=name) as caught:
            read_proxies(configured, environ)
        assert "secret" not in str(caught.value)
