"""Where one term stands in a text and where it does not: spellings, edges of words, gaps inside names."""

from __future__ import annotations

import pytest

from monitor.text.html import plain_text
from tests.watchlists.made import found

STANDS = {
    "plain": ("Qwen", "Qwen is out", ["Qwen"]),
    "beside Chinese": ("Qwen", "用Qwen蒸馏出", ["Qwen"]),
    "before a number": ("Qwen", "Qwen3和Qwen2.5-Max", ["Qwen", "Qwen"]),
    "between hyphens, dots and underscores": ("Qwen", "R1-Distill-Qwen-1.5B, my_qwen.py", ["Qwen", "qwen"]),
    "beside signs": ("Qwen", "①Qwen™ #Qwen", ["Qwen", "Qwen"]),
    "possessive after it": ("Alexandr Wang", "ALEXANDR WANG’S year", ["ALEXANDR WANG"]),
    "possessive inside it": ("Meta TBD Lab", "Meta's TBD Lab", ["Meta's TBD Lab"]),
    "full width": ("Alexandr Wang", "Ａｌｅｘａｎｄｒ　Ｗａｎｇ談開源", ["Ａｌｅｘａｎｄｒ　Ｗａｎｇ"]),
    "over a line's end": ("Alexandr Wang", "Alexandr\nWang", ["Alexandr\nWang"]),
    "with a hyphen": ("TBD Lab", "the TBD-Lab", ["TBD-Lab"]),
    "glued, a capital shows the seam": ("TBD Lab", "TBDLab and TBDlab", ["TBDLab", "TBDlab"]),
    "apart where the term's capital shows it": ("OpenAI", "Open AI, open-ai, OPENAI", ["Open AI", "open-ai", "OPENAI"]),
    "a number apart": ("Qwen3", "Qwen 3 and Qwen-3", ["Qwen 3", "Qwen-3"]),
    "a number glued": ("GPT 5", "GPT5, GPT-5", ["GPT5", "GPT-5"]),
    "quoted in the middle": ("TBD实验室", "新的“TBD”實驗室", ["TBD”實驗室"]),
    "with a blank between scripts": ("TBD实验室", "TBD 实验室", ["TBD 实验室"]),
    "other script": ("亚历山大·王", "亞歷山大·王將主導", ["亞歷山大·王"]),
    "other middle dot, or none": ("亚历山大·王", "亚历山大・王与亚历山大王", ["亚历山大・王", "亚历山大王"]),
    "middle dot that the term lacks": ("亚历山大王", "亚历山大 · 王", ["亚历山大 · 王"]),
    "quoted part of a Chinese term": ("代号牛油果", "代号“牛油果”的模型", ["代号“牛油果"]),
    "unseen characters inside": ("Avocado", "AVO\u200bCA\u00adDO", ["AVO\u200bCA\u00adDO"]),
    "a ligature": ("office", "the oﬃce", ["oﬃce"]),
    "letters with marks apart": ("café", "cafe\u0301 au lait", ["cafe\u0301"]),
    "signs belong to a term": ("C++", "C++17 and C", ["C++"]),
    "a prefix finds the whole word": ("distill*", "Distillation, distilled-from", ["Distillation", "distilled"]),
    "a Chinese prefix ends where it ends": ("蒸馏*", "蒸馏Qwen", ["蒸馏"]),
    "Korean with its particle": ("삼성", "삼성이 발표", ["삼성"]),
    "Russian": ("Яндекс", "«ЯНДЕКС» выпустил", ["ЯНДЕКС"]),
}


@pytest.mark.parametrize(("term", "text", "slices"), STANDS.values(), ids=STANDS.keys())
def test_a_term_stands(term: str, text: str, slices: list[str]) -> None:
    assert found(term, text) == slices


STANDS_NOT = {
    "in a longer word": ("Qwen", "Qwenty, OpenQwen"),
    "in a longer number": ("iPhone 1", "iPhone 15"),
    "glued without a capital": ("no table", "a notable man"),
    "apart without a seam": ("notable", "no table"),
    "over a full stop": ("TBD Lab", "Release date: TBD. Lab-grown diamonds"),
    "over a comma": ("TBD Lab", "venue TBD, lab pending"),
    "over a dash between blanks": ("TBD Lab", "time TBD - lab open; TBD – Lab"),
    "over cells of a table": ("TBD Lab", "TBD\tLab"),
    "over other Chinese": ("TBD实验室", "活动时间TBD,地点在学院实验室"),
    "Chinese over a blank": ("千问", "三千 问题"),
    "Chinese over lines": ("人工智能", "人工\n智能"),
    "half of one character": ("株式", "㍿"),
    "undistilled, for a prefix": ("distill*", "undistilled"),
    "near names": ("Alexandr Wang", "Alexander Wang, Alexandr Wangenheim, Alexandra Wang"),
    "a letter with another mark": ("cafe", "café cafe\u0301 cafe\u0327"),
}


@pytest.mark.parametrize(("term", "text"), STANDS_NOT.values(), ids=STANDS_NOT.keys())
def test_a_term_does_not_stand(term: str, text: str) -> None:
    assert found(term, text) == []


HTML = {
    "a tag inside a word": ("Qwen", "<b>Q</b>wen3", "Qwen"),
    "a tag between words": ("Alexandr Wang", "<b>Alexandr</b> <i>Wang</i>", "Alexandr Wang"),
    "an entity inside a word": ("Qwen", "Q&#119;en", "Qwen"),
    "a no-break space": ("Alexandr Wang", "Alexandr&nbsp;Wang", "Alexandr Wang"),
    "a soft hyphen": ("Avocado", "Avo&shy;cado", "Avo\u00adcado"),
    "an ampersand": ("AT&T", "AT&amp;T", "AT&T"),
    "a break": ("TBD Lab", "TBD<br>Lab", "TBD\nLab"),
    "cells of a table": ("TBD Lab", "<td>TBD</td><td>Lab</td>", None),
    "a tag's own words": ("Qwen", '<a href="/qwen" title="Qwen">more</a>', None),
    "a script's words": ("Qwen", "<script>Qwen()</script>", None),
}


@pytest.mark.parametrize(("term", "html", "expected"), HTML.values(), ids=HTML.keys())
def test_a_term_stands_in_what_a_reader_sees(term: str, html: str, expected: str | None) -> None:
    assert found(term, plain_text(html)) == ([expected] if expected else [])
