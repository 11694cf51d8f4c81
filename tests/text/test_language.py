"""The script of a text decides its language; what the feed declares fills in what the script cannot tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.language import language_of, normalised_tag

TOLD = {
    "simplified": ("扎克伯格为新模型辩护", None, "zh-Hans"),
    "traditional": ("實驗室發布新模型", None, "zh-Hant"),
    "only shared characters": ("牛油果布丁", None, "zh"),
    "shared characters of a declared region": ("牛油果布丁", "zh-TW", "zh-Hant"),
    "traditional text of a feed that says simplified": ("實驗室發布新模型", "zh-CN", "zh-Hant"),
    "Chinese text of a feed that says English": ("阿里云发布新模型 Qwen3", "en", "zh-Hans"),
    "Chinese headline full of foreign names": ("CB Insights AI 100 榜单", "zh", "zh-Hans"),
    "Chinese names in an English sentence": ("Alibaba (阿里巴巴) says that the model is ready", "zh", "en"),
    "Japanese": ("東京で新しいモデルを発表", None, "ja"),
    "Japanese without kana, as declared": ("東京都知事選挙", "ja", "ja"),
    "a stylish の does not make Chinese Japanese": ("美の创意生活新发现", None, "zh-Hans"),
    "Korean": ("삼성전자 신제품 발표", "en", "ko"),
    "Russian": ("Яндекс выпустил модель", "en", "ru"),
    "Ukrainian, as declared": ("Нова модель вийшла", "uk-UA", "uk"),
    "Arabic": ("نموذج جديد", None, "ar"),
    "English undeclared": ("Meta names the head of its new lab", None, "en"),
    "English in a Chinese feed": ("What the new model can do", "zh-CN", "en"),
    "another Latin language, as declared": ("Neues Modell vorgestellt", "de-AT", "de"),
    "a Latin language that nobody names": ("Neues Modell vorgestellt", None, "und"),
    "no letters at all": ("2026!", "en-GB", "en"),
    "nothing": ("", None, "und"),
}


@pytest.mark.parametrize(("text", "declared", "language"), TOLD.values(), ids=TOLD.keys())
def test_language_of(text: str, declared: str | None, language: str) -> None:
    assert language_of(text, declared) == language


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        ("zh-CN", "zh-Hans"),
        ("zh_cn", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh", "zh"),
        ("en-US", "en"),
        ("EN", "en"),
        ("pt-br", "pt"),
        ("und", None),
        ("", None),
        ("English", None),
        ("*", None),
        (None, None),
    ],
)
def test_declared_tags_are_normalised(declared: str | None, tag: str | None) -> None:
    assert normalised_tag(declared) == tag


@given(st.text(), st.none() | st.text())
def test_any_text_and_any_declared_tag_give_a_language(text: str, declared: str | None) -> None:
    assert language_of(text, declared)
