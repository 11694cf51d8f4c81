"""Which addresses are one, and how a link becomes one that can be fetched."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.net.urls import absolute_url, canonical_url, host_of, without_userinfo

E = "https://example.com"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        # Scheme, host and port.
        ("HTTPS://Example.COM/A", f"{E}/A"),
        ("https://example.com", f"{E}/"),
        ("https://example.com:443/a", f"{E}/a"),
        ("http://example.com:80/a", "http://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("https://example.com:08443/a", f"{E}:8443/a"),
        ("https://example.com:/a", f"{E}/a"),
        ("https://example.com./a", f"{E}/a"),
        ("https://user:pass@example.com/a", f"{E}/a"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://XN--BCHER-KVA.example/a", "https://xn--bcher-kva.example/a"),
        ("https://新闻.中国/a", "https://xn--efvy88h.xn--fiqs8s/a"),
        ("https://ｅｘａｍｐｌｅ。ｃｏｍ/a", f"{E}/a"),
        ("https://my_feed.example/a", "https://my_feed.example/a"),
        ("http://[2001:DB8:0::1]:80/a", "http://[2001:db8::1]/a"),
        # Path.
        (f"{E}/a/./b/../c", f"{E}/a/c"),
        (f"{E}/../../a", f"{E}/a"),
        (f"{E}/a/..", f"{E}/"),
        (f"{E}/a/b/.", f"{E}/a/b/"),
        (f"{E}/a/%2e%2E/b", f"{E}/b"),
        (f"{E}/a//b", f"{E}/a//b"),
        (f"{E}/.well-known/x", f"{E}/.well-known/x"),
        (f"{E}/%7euser/%e6%96%b0", f"{E}/~user/%E6%96%B0"),
        (f"{E}/新闻/a b", f"{E}/%E6%96%B0%E9%97%BB/a%20b"),
        (f"{E}/a%2Fb%3fc", f"{E}/a%2Fb%3Fc"),
        (f"{E}/100%/a%zz", f"{E}/100%25/a%25zz"),
        (f'{E}/"a"<b>', f"{E}/%22a%22%3Cb%3E"),
        (f"{E}\\a\\b?c=\\d", f"{E}/a/b?c=%5Cd"),
        (f"  {E}/a\n", f"{E}/a"),
        (f"{E}/a\n\t/b", f"{E}/a/b"),
        # Query.
        (f"{E}/a?", f"{E}/a"),
        (f"{E}/a?utm_source=x&UTM_Medium=y", f"{E}/a"),
        (f"{E}/a?id=7&utm_campaign=x&page=2", f"{E}/a?id=7&page=2"),
        (f"{E}/a?b=2&a=1", f"{E}/a?b=2&a=1"),
        (f"{E}/a?&id=7&&", f"{E}/a?id=7"),
        (f"{E}/a?fbclid=1&gclid=2&dclid=3&msclkid=4&yclid=5&mc_cid=6&mc_eid=7&igshid=8&spm=9", f"{E}/a"),
        (f"{E}/a?at_medium=RSS&at_campaign=KARANGA", f"{E}/a"),
        (f"{E}/a?u%74m_source=x", f"{E}/a"),
        (f"{E}/a?f=rss", f"{E}/a"),
        (f"{E}/a?from=RSS&ref=rss&id=1", f"{E}/a?id=1"),
        (f"{E}/a?from=home&ref=main&source=list", f"{E}/a?from=home&ref=main&source=list"),
        (f"{E}/a?feed=rss", f"{E}/a?feed=rss"),
        (f"{E}/a?q=a+b%20c%26d", f"{E}/a?q=a+b%20c%26d"),
        (f"{E}/a?u=http://x/y?z", f"{E}/a?u=http://x/y?z"),
        (
            "https://mp.weixin.qq.com/s?__biz=A&mid=1&idx=2&sn=3&chksm=4&scene=21#wechat_redirect",
            "https://mp.weixin.qq.com/s?__biz=A&mid=1&idx=2&sn=3",
        ),
        (f"{E}/a?scene=21", f"{E}/a?scene=21"),
        # Fragment.
        (f"{E}/a#comments", f"{E}/a"),
        (f"{E}/a#", f"{E}/a"),
        (f"{E}/a#:~:text=x", f"{E}/a"),
        (f"{E}/#!/news/7", f"{E}/#!/news/7"),
        (f"{E}/#/news/7", f"{E}/#/news/7"),
        # No http(s) address at all.
        ("", ""),
        ("/a", ""),
        ("www.example.com/a", ""),
        ("//example.com/a", ""),
        ("mailto:a@example.com", ""),
        ("javascript:alert(1)", ""),
        ("ftp://example.com/a", ""),
        ("https:///a", ""),
        ("https://exa mple.com/a", ""),
        ("https://example.com:port/a", ""),
        ("https://example.com:70000/a", ""),
        ("https://[::1/a", ""),
        ("https://1.2.3.4.5/a", ""),
        ("https://a..b/", ""),
    ],
)
def test_addresses_of_one_page_are_one(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("b", f"{E}/dir/b"),
        ("../b", f"{E}/b"),
        ("/b?x=1#c", f"{E}/b?x=1#c"),
        ("?x=1", f"{E}/dir/a?x=1"),
        ("#c", f"{E}/dir/a#c"),
        ("", f"{E}/dir/a"),
        ("//cdn.example/b", "https://cdn.example/b"),
        ("http://other.example/b", "http://other.example/b"),
        ("mailto:a@example.com", ""),
        # What is there already stays to the letter.
        (f"{E}/%7ea/%2e?utm_source=x&&#frag", f"{E}/%7ea/%2e?utm_source=x&&#frag"),
        (f"{E}/a%zz", f"{E}/a%zz"),
        ("https://u:p%40w@example.com/a", "https://u:p%40w@example.com/a"),
        # Bytes of a Location header that were no UTF-8.
        ("/\udcd0\udcc2", f"{E}/%D0%C2"),
        ("/\ud800", f"{E}/%3F"),
    ],
)
def test_a_link_is_resolved_against_its_page(url: str, absolute: str) -> None:
    assert absolute_url(url, f"{E}/dir/a") == absolute


def test_a_base_that_is_no_address_leaves_absolute_links_as_they_are() -> None:
    assert canonical_url(f"{E}/a", "not an address") == f"{E}/a"
    assert canonical_url("a", "not an address") == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://u:p@Example.COM:8443/a", "example.com"),
        ("http://[::1]/", "::1"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://public.example\\@127.0.0.1/", "public.example"),
        ("nothing", ""),
    ],
)
def test_the_host_is_the_one_that_would_be_asked(url: str, host: str) -> None:
    assert host_of(url) == host


def test_errors_show_an_address_without_user_password_and_fragment() -> None:
    assert without_userinfo("https://u:p@example.com/a?b#c") == f"{E}/a?b"
    assert without_userinfo("not an address") == "not an address"


_PIECES = st.sampled_from(
    [*"aZ09-._~:/?#[]@!$&'()*+,;=% \\新é\t", "%2e", "%2F", "%e6", "..", "utm_a=b", "ref=rss", "#!"]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
@example("/%252e%252e/a")
@example("//a/..//b")
def test_a_canonical_address_is_its_own_canonical_address(tail: str) -> None:
    for url in (f"https://example.com/{tail}", f"https://{tail}"):
        once = canonical_url(url)
        assert canonical_url(once) == once


@given(st.text(max_size=60), st.text(max_size=30))
def test_no_text_breaks_the_reading_of_addresses(url: str, base: str) -> None:
    for read in (canonical_url(url, base), absolute_url(url, base)):
        assert read == "" or (read.startswith(("http://", "https://")) and read.isascii())
