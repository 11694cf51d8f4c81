"""Where evidence stands: the sentence, with the evidence marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.excerpt import Line, Range, marked, plain, sentences
from monitor.alerts.wording import clip, local_time, one_line, web_link
from tests.alerts.samples import NOW


def shown(line: Line) -> str:
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in line)


def places(text: str, *terms: str) -> list[Range]:
    return [(text.index(term), text.index(term) + len(term)) for term in terms]


@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("One. Two has Teal here. Three.", ["Teal"], ["Two has [Teal] here."]),
        ("前一句。水獭模型蒸馏了青鸭！后一句。", ["青鸭"], ["水獭模型蒸馏了[青鸭]！"]),
        ("Version 2.5 of Teal is out today. More.", ["Teal"], ["Version 2.5 of [Teal] is out today."]),
        ("He said: “Teal is ours!” Then he left.", ["Teal"], ["He said: “[Teal] is ours!”"]),
        (
            "Teal and Otter. Nothing. Otter2 again.",
            ["Teal", "Otter", "Otter2"],
            ["[Teal] and [Otter].", "[Otter2] again."],
        ),
        ("A heading\nTeal in a paragraph\nanother", ["Teal"], ["[Teal] in a paragraph"]),
        ("Dr. No likes vs. Teal", ["vs. Teal"], ["No likes [vs. Teal]"]),
        ("Teal", ["Teal"], ["[Teal]"]),
    ],
)
def test_each_sentence_with_evidence_is_shown_once(text: str, terms: list[str], expected: list[str]) -> None:
    assert [shown(line) for line in sentences(text, places(text, *terms))] == expected


def test_a_sentence_that_does_not_end_is_cut_on_both_sides() -> None:
    text = "a" * 5_000 + " Teal " + "b" * 5_000
    (line,) = sentences(text, places(text, "Teal"))
    assert plain(line).startswith("…a")
    assert plain(line).endswith("b…")
    assert len(plain(line)) < 300


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(0, 4), (2, 6)], "[Teal a]nd Otter"),
        ([(5, 8), (0, 4)], "[Teal] [and] Otter"),
        ([(0, 99), (-1, 2), (3, 3), (9, 4)], "Teal and Otter"),
        ([], "Teal and Otter"),
    ],
)
def test_overlapping_evidence_is_one_and_evidence_outside_the_text_is_none(ranges: list[Range], expected: str) -> None:
    assert shown(marked("Teal and Otter", ranges)) == expected


@given(st.text(max_size=300), st.lists(st.tuples(st.integers(-5, 310), st.integers(-5, 310)), max_size=8))
def test_marks_never_change_the_text(text: str, ranges: list[Range]) -> None:
    assert one_line(plain(marked(text, ranges))) == one_line(text)
    for line in sentences(text, ranges):
        assert one_line(plain(line)).strip("…").strip() in one_line(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nBcc: x@example.org", "a Bcc: x@example.org"),
        (" a\t\x00\x1b[31m  b\u2028c ", "a [31m b c"),
        ("safe\u202egnp.exe", "safe gnp.exe"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("水獭 模型", "水獭 模型"),
    ],
)
def test_one_line_is_one_line_of_what_can_be_seen(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize(("limit", "expected"), [(0, ""), (1, "…"), (5, "Teal…"), (14, "Teal and Otter")])
def test_a_clipped_text_keeps_its_limit_and_says_that_it_was_cut(limit: int, expected: str) -> None:
    assert clip("Teal and Otter", limit) == expected


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://news.example/a?b=1#c", True),
        ("HTTP://news.example/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://news.example/a b", False),
        ("https://news.example/\nhttps://other.example/", False),
        ("https://" + "a" * 3_000, False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(url: str, safe: bool) -> None:
    assert web_link(url) == (url if safe else "")


def test_times_are_the_readers_in_the_storys_language() -> None:
    assert local_time(NOW, "Asia/Shanghai", "zh-Hans") == "2026年7月10日 14:03"
    assert local_time(NOW, "Asia/Shanghai", "en") == "10 July 2026, 14:03"
    assert local_time(NOW, "America/New_York", "und") == "10 July 2026, 02:03"
