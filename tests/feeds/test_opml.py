"""Subscription lists as readers export them, and documents that only look like one."""

from __future__ import annotations

import pytest

from monitor.errors import ParseError
from monitor.feeds.opml import Outline, read_opml

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head><title>Subscriptions</title></head>
  <body>
    <outline text="AI" title="AI">
      <outline text="中文">
        <outline type="rss" text="量子" title="量子位" xmlUrl="https://q.example/feed" htmlUrl="https://q.example/"/>
      </outline>
      <outline type="rss" text="Hugs" xmlURL=" https://h.example/feed.xml "/>
    </outline>
    <outline text="just a note"/>
    <outline type="rss" xmlUrl="https://t.example/a?b=1&amp;c=2"/>
    <outline type="rss" text="again" xmlUrl="https://q.example/feed"/>
  </body>
</opml>"""

FEEDS = [
    Outline("https://q.example/feed", "量子位", "AI/中文"),
    Outline("https://h.example/feed.xml", "Hugs", "AI"),
    Outline("https://t.example/a?b=1&c=2", None, None),
]


def test_feeds_come_with_title_and_folders_each_once() -> None:
    assert read_opml(LIST.encode()) == FEEDS


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_the_documents_own_encoding_is_respected(encoding: str) -> None:
    assert read_opml(LIST.replace("UTF-8", encoding).encode(encoding)) == FEEDS


def test_a_sloppy_export_is_read_as_far_as_it_goes() -> None:
    sloppy = (
        '<opml><body><outline text="R&D" xmlUrl="https://a.example/?x=1&y=2"/><outline xmlUrl="https://b.example/">'
    )
    assert [outline.url for outline in read_opml(sloppy.encode())][-1] == "https://b.example/"


def test_a_secret_file_is_not_drawn_in(tmp_path: object) -> None:
    document = (
        '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        '<opml><body><outline text="a" xmlUrl="https://a.example/"/>&x;</body></opml>'
    )
    with pytest.raises(ParseError, match="declares entities"):
        read_opml(document.encode())


def test_a_bomb_of_entities_is_refused() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    document = (
        f'<!DOCTYPE opml [<!ENTITY e0 "lol">{levels}]><opml><body><outline xmlUrl="https://&e9;/"/></body></opml>'
    )
    with pytest.raises(ParseError):
        read_opml(document.encode())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not XML"),
        (b"not xml at all", "not an OPML document"),
        (b"<html><body>404</body></html>", "not an OPML document"),
        (b"<rss><channel/></rss>", "not an OPML document"),
        (b'<opml><body><outline text="a"/></body></opml>', "no feeds in it"),
        (b"<opml>" + b" " * 33 * 1024**2 + b"</opml>", "larger than 32 MB"),
    ],
)
def test_what_is_no_subscription_list_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        read_opml(body)
