"""Links through redirectors lead to the page that they name."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.net.unwrap import unwrapped

PAGE = "https://harbour.example/crane?id=7"
QUOTED = "https%3A%2F%2Fharbour.example%2Fcrane%3Fid%3D7"


def google_article(url: str, *, tail: bytes = b"\xd2\x01\x00") -> str:
    """Write the id of an article as Google News did until 2024."""
    length = len(url)
    head = bytes([length]) if length < 0x80 else bytes([length & 0x7F | 0x80, length >> 7])
    message = b"\x08\x13\x22" + head + url.encode() + tail
    return "https://news.google.com/rss/articles/" + base64.urlsafe_b64encode(message).decode().rstrip("=") + "?oc=5"


WRAPPED = {
    "a Google alert": f"https://www.google.com/url?rct=j&sa=t&url={QUOTED}&ct=ga&usg=x",
    "a Google search": f"https://www.google.co.uk/url?q={QUOTED}&sa=U",
    "Google News of old": f"https://news.google.com/news/url?sa=t&fd=R&url={QUOTED}",
    "a Google News article": google_article(PAGE),
    "a Google News article with a page for phones": google_article(
        PAGE, tail=b"\xd2\x01\x1chttps://m.harbour.example/amp"
    ),
    "Bing News": f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&tid=x&url={QUOTED}&c=1&mkt=en-us",
    "Yahoo": f"https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU={QUOTED}/RK=2/RS=x",
    "Facebook": f"https://l.facebook.com/l.php?u={QUOTED}&h=x",
    "YouTube": f"https://www.youtube.com/redirect?event=x&q={QUOTED}",
    "DuckDuckGo": f"https://duckduckgo.com/l/?uddg={QUOTED}",
    "知乎": f"https://link.zhihu.com/?target={QUOTED}",
    "two in a row": "https://www.google.com/url?url=" + quote(f"https://link.zhihu.com/?target={QUOTED}", safe=""),
}


@pytest.mark.parametrize("link", WRAPPED.values(), ids=WRAPPED)
def test_the_page_stands_in_the_link_of(link: str) -> None:
    assert unwrapped(link) == PAGE


def test_an_address_of_more_than_127_characters_is_read_whole() -> None:
    long = f"https://harbour.example/{'crane-' * 30}"
    assert unwrapped(google_article(long)) == long


@pytest.mark.parametrize(
    "link",
    [
        PAGE,
        "",
        "https://news.google.com/rss/articles/CBMiQ0FVX3lxTE5uZXc?oc=5",
        "https://news.google.com/rss/articles/CBM%ff",
        "https://www.google.com/url?sa=t",
        "https://www.google.com/url?url=javascript:alert(1)",
        "https://www.google.com/url?url=/relative",
        "https://www.google.com/search?q=https://harbour.example/",
        f"https://google.com.evil.example/url?url={QUOTED}",
        f"https://notbing.com/news/apiclick.aspx?url={QUOTED}",
        "http://[",
    ],
)
def test_what_a_link_does_not_say_stays(link: str) -> None:
    assert unwrapped(link) == link


def test_redirectors_that_lead_to_themselves_end() -> None:
    link = "https://www.google.com/url?url=https://www.google.com/url"
    assert unwrapped(link) == "https://www.google.com/url"


@given(st.text(max_size=100))
def test_no_link_does_harm(text: str) -> None:
    unwrapped(f"https://www.google.com/url?url={text}")
    unwrapped(f"https://news.google.com/articles/CB{text}")
