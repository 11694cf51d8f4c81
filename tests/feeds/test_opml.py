"""Subscription lists as readers export them, and documents that only look like one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from monitor.errors import ParseError
from monitor.feeds.opml import Outline, read_opml, write_opml

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


def test_a_wrong_declaration_is_seen_through() -> None:
    titles = ["量子位", "阮一峰的网络日志", "美团技术团队", "人民日报要闻", "中国科学技术新闻", "少数派的每日文章"]
    outlines = "".join(f'<outline text="{title}" xmlUrl="https://{n}.example/"/>' for n, title in enumerate(titles))
    document = f'<?xml version="1.0" encoding="UTF-8"?><opml><body>{outlines}</body></opml>'
    assert [each.title for each in read_opml(document.encode("gb18030"))] == titles


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("feed://a.example/rss", "http://a.example/rss"),
        ("feed:https://a.example/rss", "https://a.example/rss"),
        ("FEED:http://a.example/rss", "http://a.example/rss"),
        ("https://a.example/?of=feed://b.example/", "https://a.example/?of=feed://b.example/"),
        ("rsshub://36kr/newsflashes", "rsshub://36kr/newsflashes"),
    ],
)
def test_the_schemes_of_readers_become_addresses(written: str, read: str) -> None:
    assert [each.url for each in read_opml(f'<opml><body><outline xmlUrl="{written}"/></body></opml>'.encode())] == [
        read
    ]


@pytest.mark.parametrize("kind", ["rss", "atom", "RSS", "feed", ""])
def test_the_type_of_an_outline_does_not_matter(kind: str) -> None:
    document = f'<OPML><BODY><OUTLINE TYPE="{kind}" TEXT="a" XMLURL="https://a.example/"/></BODY></OPML>'
    assert read_opml(document.encode()) == [Outline("https://a.example/", "a", None)]


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


NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
#: What XML can hold and readers keep: no control characters, no blanks around.
CLEAN = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\ufffe\uffff"), min_size=1).filter(
    lambda text: text == text.strip()
)
OUTLINES = st.builds(
    Outline,
    url=CLEAN.map(lambda path: f"https://a.example/{path}"),
    title=CLEAN,
    folder=st.none() | st.lists(CLEAN, min_size=1, max_size=3).map("/".join),
)


def by_folder(outlines: list[Outline]) -> list[Outline]:
    return sorted(outlines, key=lambda each: (each.folder or "", each.url))


@given(st.lists(OUTLINES, min_size=1, unique_by=lambda each: each.url))
def test_what_is_written_is_read_again(outlines: list[Outline]) -> None:
    again = read_opml(write_opml(outlines, title="News", now=NOW))
    assert by_folder(again) == by_folder(outlines)


@given(st.lists(st.builds(Outline, st.text(), st.none() | st.text(), st.none() | st.text())))
def test_whatever_is_written_is_opml(outlines: list[Outline]) -> None:
    root = etree.fromstring(write_opml(outlines, title="\0", now=NOW))
    assert root.get("version") == "2.0"
    assert len(root.findall(".//outline[@xmlUrl]")) == len(outlines)


def test_a_folder_stands_once_with_all_its_feeds() -> None:
    outlines = [
        Outline(f"https://{n}.example/", str(n), folder) for n, folder in enumerate(["AI", None, "AI/中文", "AI"])
    ]
    body = etree.fromstring(write_opml(outlines, title="News", now=NOW))[1]
    assert [each.get("text") for each in body] == ["AI", "1"]
    assert [each.get("text") for each in body[0]] == ["0", "中文", "3"]
    assert body[0].get("type") is None
    assert body[1].get("type") == "rss"
