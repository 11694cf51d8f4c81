"""A short text, and the language that its feed declares, to one language tag.

The script decides, and a declared tag that it contradicts loses: feeds that say "en" and are Chinese are common. This
tells scripts apart, and English from "some Latin language"; it does not guess among the languages of one script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.text.hanzi import SIMPLIFIED_ONLY, TRADITIONAL_ONLY

#: Code points that are looked at: enough to tell, and a bound for long articles.
_LOOKED_AT = 2_000
#: A text of more words between blanks than this for each Chinese character quotes Chinese and is not Chinese itself.
_WORDS_A_HAN = 2

_TAG = re.compile(r"([a-z]{2,3})(?:[-_]|$)")
_RENAMED = {"cmn": "zh", "yue": "zh", "jp": "ja", "kr": "ko", "cn": "zh-Hans", "tw": "zh-Hant", "iw": "he", "in": "id"}
_HANS = frozenset(("hans", "chs", "cn", "sg", "my"))
_HANT = frozenset(("hant", "cht", "tw", "hk", "mo"))

_KANA = frozenset(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB), *range(0xFF66, 0xFF9E))))
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
#: Script, its language where nothing is declared, and those that a declared tag may name.
_SCRIPTS: tuple[tuple[re.Pattern[str], str, frozenset[str]], ...] = tuple(
    (re.compile(f"[{letters}]"), languages.split()[0], frozenset(languages.split()))
    for letters, languages in (
        ("\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e", "ko"),
        ("\u0400-\u052f", "ru uk be bg sr mk kk ky mn tg tt ba os"),
        ("\u0370-\u03ff\u1f00-\u1fff", "el"),
        ("\u0600-\u06ff\u0750-\u077f", "ar fa ur ps ku ckb ug sd"),
        ("\u0590-\u05ff", "he yi"),
        ("\u0e00-\u0e7f", "th"),
        ("\u0900-\u097f", "hi mr ne sa"),
        ("\u0980-\u09ff", "bn as"),
        ("\u0b80-\u0bff", "ta"),
        ("\u10a0-\u10ff", "ka"),
        ("\u0530-\u058f", "hy"),
    )
)
_NOT_LATIN = frozenset(("zh", "ja")).union(*(languages for _, _, languages in _SCRIPTS)) - {"sr", "ku"}

#: Frequent English words that are not also frequent words of another Latin language ("in", "on", "was", "die" are).
_ENGLISH_WORDS = """
the of and to for with from by at that this are be it has have had will its after new how why what says said who you
your their out up more than not but or can could into about his her they we our were been is as first amid against
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())


def language_of(text: str, declared: str | None) -> str:
    """Return the language tag of `text`: zh-Hans, zh-Hant, zh (only characters of both), ja, ko, ru, en, ...

    "und" where nothing can be told; the declared tag, normalised, where there is no letter to contradict it.
    """
    text = text[:_LOOKED_AT]
    tag = normalised_tag(declared)
    if not text.isascii():
        characters = set(text)
        han = len(_HAN.findall(text))
        if _is_japanese(characters, han, tag):
            return "ja"
        if han and _is_chinese_text(text, han, tag):
            return _chinese(characters, tag)
        for letters, language, languages in _SCRIPTS:
            if len(letters.findall(text)) * 3 > len(text):
                return tag if tag in languages else language
    return _latin(text, tag)


def normalised_tag(declared: str | None) -> str | None:
    """Return a declared tag as we write it (zh-CN as zh-Hans, zh-HK as zh-Hant, en-US as en); None for no tag."""
    lowered = (declared or "").strip().lower()
    found = _TAG.match(lowered)
    if not found:
        return None
    language = _RENAMED.get(found[1], found[1])
    subtags = re.split("[-_]", lowered)[1:]
    if language != "zh":
        return None if language == "und" else language
    return _chinese_tag(subtags)


def _chinese_tag(subtags: Iterable[str]) -> str:
    # The first subtag that tells wins: zh-Hans-HK is written in simplified characters.
    return next(("zh-Hans" if tag in _HANS else "zh-Hant" for tag in subtags if tag in _HANS | _HANT), "zh")


def _is_japanese(characters: set[str], han: int, tag: str | None) -> bool:
    kana = len(characters & _KANA)
    # Chinese advertising writes a lone の: one kana among many Chinese characters is not Japanese.
    return kana * 5 > han if kana > 1 or not han else tag == "ja" and not characters & SIMPLIFIED_ONLY


def _is_chinese_text(text: str, han: int, tag: str | None) -> bool:
    words = text.lower().split()
    if _is_english(words):
        return han > len(words)
    # A Chinese feed's headline may be all foreign names but for a word or two.
    return _is_chinese(tag) or han * _WORDS_A_HAN >= len(words)


def _chinese(characters: set[str], tag: str | None) -> str:
    simplified, traditional = len(characters & SIMPLIFIED_ONLY), len(characters & TRADITIONAL_ONLY)
    if simplified != traditional:
        return "zh-Hans" if simplified > traditional else "zh-Hant"
    return tag if tag and _is_chinese(tag) else "zh"


def _is_chinese(tag: str | None) -> bool:
    return tag is not None and tag.startswith("zh")


def _latin(text: str, tag: str | None) -> str:
    if not any(map(str.isalpha, text)):
        return tag or "und"
    if tag and tag not in _NOT_LATIN and not _is_chinese(tag):
        return tag
    return "en" if _is_english(text.lower().split()) else "und"


def _is_english(words: list[str]) -> bool:
    return sum(word in _ENGLISH for word in words) * 10 >= len(words)
