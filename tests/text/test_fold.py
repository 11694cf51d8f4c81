"""What readers take for one folds to one, and every place in the folding leads back to the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.fold import fold
from monitor.text.hanzi import SIMPLIFIED, SIMPLIFIED_ONLY, TRADITIONAL_ONLY
from monitor.text.words import gap_before

ALIKE = {
    "capitals": ("QWEN", "qwen"),
    "full width": ("Ｑｗｅｎ３", "qwen3"),
    "traditional": ("亞歷山大", "亚历山大"),
    "compatibility forms": ("ﬁne ㎝", "fine㎝"),
    "sharp s": ("Straße", "STRASSE"),
    "letters with marks apart": ("cafe\u0301", "café"),
    "Korean in parts": ("\u1112\u1161\u11ab", "한"),
    "half-width kana": ("ｶﾒﾗ", "カメラ"),
    "blanks, hyphens, underscores": ("TBD Lab", "tbd-lab"),
    "no-break hyphen, ideographic space": ("TBD\u2011Lab", "TBD\u3000Lab"),
    "middle dots": ("亚历山大·王", "亚历山大・王"),
    "quotation marks": ("代号“牛油果”", "代号「牛油果」"),
    "the possessive": ("Meta’s lab", "Meta lab"),
    "the possessive before Chinese": ("Meta's模型", "Meta模型"),
    "zero-width space": ("AVO\u200bCADO", "avocado"),
    "soft hyphen": ("dis\u00adtil", "distil"),
    "variation selector": ("王\ufe00", "王"),
}


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE.keys())
def test_fold_alike(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text


APART = {
    "cells of a table": ("TBD\tLab", "TBD Lab"),
    "sentences": ("TBD. Lab", "TBD Lab"),
    "a sign is no letter": ("Qwen™", "Qwentm"),
    "a circled number is no digit": ("①Qwen", "1Qwen"),
    "not possessive": ("Meta'style", "Metatyle"),
    "a regional word is another word": ("酪梨", "牛油果"),
}


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_do_not_fold_alike(one: str, other: str) -> None:
    assert fold(one).text != fold(other).text


def test_a_place_leads_back_to_all_code_points_that_made_it() -> None:
    text = "An e\u0301t\u0065\u0301 of “ＴＢＤ-Lab”"
    folded = fold(text)
    start = folded.text.index("tbdlab")
    first, end = folded.span(start, start + 6)
    assert text[first:end] == "ＴＢＤ-Lab"
    start = folded.text.index("été")
    first, end = folded.span(start, start + 3)
    assert text[first:end] == "e\u0301te\u0301"


def test_the_table_never_leads_on_to_a_further_character() -> None:
    assert not set(SIMPLIFIED.values()) & set(SIMPLIFIED)


def test_characters_of_both_scripts_tell_neither() -> None:
    assert {"发", "国"} <= SIMPLIFIED_ONLY
    assert {"發", "國"} <= TRADITIONAL_ONLY
    assert not (SIMPLIFIED_ONLY | TRADITIONAL_ONLY) & set("后里台干着中文")


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_folds_alike_by_the_fast_way_and_the_slow(text: str) -> None:
    assert fold(text + "中").text == fold(text).text + "中"


@given(st.text(alphabet=" -·x中é’s\u200b\u00adﬁ㍿\u0301\ufdfa"))
def test_each_gap_is_where_something_that_is_seen_was_left_out(text: str) -> None:
    folded = fold(text)
    inside = {at for at in folded.gaps if 0 < at < len(folded.text)}
    assert inside == {at for at in range(1, len(folded.text)) if gap_before(folded, at)}
    assert folded.gaps == sorted(folded.gaps)
    assert folded.gaps[-1] == len(folded.text)


@given(st.text(min_size=1))
def test_every_place_of_the_folding_comes_from_its_span(text: str) -> None:
    folded = fold(text)
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert folded.text[at] in fold(text[start:end]).text
