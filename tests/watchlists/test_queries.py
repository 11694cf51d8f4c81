"""Which items queries hold for, operator by operator, and what they show as evidence."""

from __future__ import annotations

import pytest

from monitor.model import Evidence, Item
from tests.watchlists.made import a_query, an_item, matches, slices

META = ("Meta", "脸书", "Scale AI")


def _words(count: int) -> str:
    return " ".join(f"w{n}" for n in range(count))


#: A query, an item, and the slices of it that are evidence; None where it does not match.
HOLDS: dict[str, tuple[str, Item, list[str] | None]] = {
    # AND, OR, NOT
    "both, in different fields": ("Qwen 蒸馏", an_item("Qwen3", "", "被蒸馏"), ["Qwen", "蒸馏"]),
    "one of two is not both": ("Qwen 蒸馏", an_item("Qwen3"), None),
    "one of two is one": ("Qwen OR 蒸馏", an_item("Qwen3"), ["Qwen"]),
    "evidence is of every branch that holds": ("Qwen OR (蒸馏 教师) OR x", an_item("x Qwen 蒸馏"), ["x", "Qwen"]),
    "a denied word": ("汪滔 NOT 大疆", an_item("大疆创始人汪滔"), None),
    "a denied word that is not there": ("汪滔 NOT 大疆", an_item("Meta的汪滔"), ["汪滔"]),
    "a denial of the last branch only": (
        '"Alexandr Wang" OR 汪滔 NOT DJI',
        an_item("Alexandr Wang on DJI"),
        ["Alexandr Wang"],
    ),
    "a denial in brackets": ('("Alexandr Wang" OR 汪滔) NOT DJI', an_item("Alexandr Wang on DJI"), None),
    "a denial as an alternative": ("(a OR NOT b) c", an_item("c"), ["c"]),
    "a denial as an alternative, fulfilled": ("(a OR NOT b) c", an_item("a b c"), ["a", "c"]),
    "a denial as an alternative, unfulfilled": ("(a OR NOT b) c", an_item("b c"), None),
    "a denial of denials": ("NOT (NOT a OR NOT b)", an_item("a b"), ["a", "b"]),
    "a denial of denials, one missing": ("NOT (NOT a OR NOT b)", an_item("a"), None),
    # Entities
    "an entity": ("@meta", an_item("Meta与脸书"), ["Meta", "脸书"]),
    "an entity's phrase": ("@meta", an_item("ScaleAI raises"), ["ScaleAI"]),
    "an entity denied": ("Qwen NOT @meta", an_item("Qwen and 脸书"), None),
    "no alias": ("@meta", an_item("metal"), None),
    # NEAR/n
    "next to each other is one": ("a NEAR/1 b", an_item("a b"), ["a", "b"]),
    "in the other order": ("a NEAR/1 b", an_item("b a"), ["b", "a"]),
    "one between is two": ("a NEAR/1 b", an_item("a x b"), None),
    "one between, two allowed": ("a NEAR/2 b", an_item("a x b"), ["a", "b"]),
    "ten words": ("a NEAR/10 b", an_item(f"a {_words(9)} b"), ["a", "b"]),
    "eleven words": ("a NEAR/10 b", an_item(f"a {_words(10)} b"), None),
    "over sentences": ("a NEAR/5 b", an_item("", "It is a. Then b."), ["a", "b"]),
    "not over fields": ("a NEAR/5 b", an_item("a", "b"), None),
    "not overlapping itself": ("Qwen NEAR/5 Qwen", an_item("Qwen"), None),
    "two of one word": ("Qwen NEAR/5 Qwen", an_item("Qwen beats Qwen"), ["Qwen", "Qwen"]),
    "not overlapping another": ('"Scale AI" NEAR/5 AI', an_item("Scale AI"), None),
    "another beyond the overlap": ('"Scale AI" NEAR/5 AI', an_item("Scale AI and AI"), ["Scale AI", "AI"]),
    "many that overlap, and one that does not": (
        '"a b c d e f" NEAR/2 (a OR b OR c OR d OR e OR "a b" OR "b c" OR "c d" OR "d e" OR f OR x)',
        an_item("x a b c d e f"),
        ["x", "a b c d e f"],
    ),
    "Chinese is counted in words": ("汪滔 NEAR/3 超级智能", an_item("汪滔谈论人工智能与超级智能"), None),
    "Chinese, a word further": (
        "汪滔 NEAR/4 扎克伯格",
        an_item("汪滔与扎克伯格就算力分配产生分歧"),
        ["汪滔", "扎克伯格"],
    ),
    "a Latin run is one word": ("a NEAR/2 b", an_item("a Qwen2.5-Max b"), ["a", "b"]),
    "parts of one run are near": ("Qwen NEAR/1 Max", an_item("Qwen2.5-Max"), ["Qwen", "Max"]),
    "signs are no words": ("a NEAR/1 b", an_item("a — (b)"), ["a", "b"]),
    "mixed": ("Qwen NEAR/2 蒸馏", an_item("用Qwen模型蒸馏"), ["Qwen", "蒸馏"]),
    "near an alternative": ("汪滔 NEAR/40 (@meta OR 超级智能)", an_item("汪滔加盟Meta"), ["汪滔", "Meta"]),
    "near none of an alternative": ("汪滔 NEAR/40 (@meta OR 超级智能)", an_item("汪滔谈航拍"), None),
    "the nearest speaks": ("a NEAR/9 b", an_item("b x x a b"), ["a", "b"]),
    "every left place speaks": ("a NEAR/1 b", an_item("a b x x a b"), ["a", "b", "a", "b"]),
    "a far place does not": ("a NEAR/1 b", an_item("a x x a b"), ["a", "b"]),
    "a prefix near": ("distill* NEAR/3 Qwen", an_item("distilled from Qwen"), ["distilled", "Qwen"]),
    # NEAR
    "in one sentence": ("a NEAR b", an_item("", f"It is a {_words(50)} b."), ["a", "b"]),
    "in two sentences": ("a NEAR b", an_item("", "It is a. Then b."), None),
    "in a version's number no sentence ends": ("a NEAR b", an_item("", "a 2.5 Pro b"), ["a", "b"]),
    "a full stop before a small letter ends none": ("a NEAR b", an_item("", "the U.S. a vs. b"), ["a", "b"]),
    "a full stop before a capital does": ("a NEAR b", an_item("", "a in the U.S. Senate b"), None),
    "a Chinese full stop ends it": ("千问 NEAR 蒸馏", an_item("", "千问发布。蒸馏模型"), None),
    "a Chinese comma does not": ("千问 NEAR 蒸馏", an_item("", "千问发布，蒸馏模型"), ["千问", "蒸馏"]),
    "an exclamation mark ends it": ("a NEAR b", an_item("", "a! b"), None),
    "Chinese marks end it": ("a NEAR b", an_item("", "a？b"), None),
    "a quotation's end belongs to it": ("a NEAR b", an_item("", "“a。” b"), None),
    "a line's end ends it": ("a NEAR b", an_item("", "a\nb"), None),
    "a title is one sentence": ("a NEAR b", an_item("a! Is it? B. B"), ["a", "B"]),
    # SENTENCE
    "a sentence": ("SENTENCE(a b c)", an_item("", "c b a. D"), ["c", "b", "a"]),
    "no one sentence": ("SENTENCE(a b)", an_item("a", "b. A", "a! b!"), None),
    "a sentence without": ("SENTENCE(a NOT b)", an_item("", "a b. Then a."), ["a"]),
    "each sentence with": ("SENTENCE(a NOT b)", an_item("", "a b. A, b! B"), None),
    "a sentence denied": ("a NOT SENTENCE(a b)", an_item("a", "b"), ["a"]),
    "a sentence denied that is there": ("a NOT SENTENCE(a b)", an_item("a b"), None),
    "a distance in a sentence": ("SENTENCE(a NEAR/1 b c)", an_item("", "a b. C a b"), ["C", "a", "b"]),
    # Fields
    "in the title": ("title:Qwen", an_item("Qwen", "Qwen"), ["Qwen"]),
    "not in the title": ("title:Qwen", an_item("", "Qwen", "Qwen"), None),
    "in the summary": ("summary:(a b)", an_item("a", "b a", "b"), ["b", "a"]),
    "in the content": ("content:a", an_item("a", "a"), None),
    "a title without": ("a title:(NOT b)", an_item("x", "a b"), ["a"]),
    "a title with": ("a title:(NOT b)", an_item("b", "a"), None),
    "a sentence of the content": ("content:SENTENCE(a b)", an_item("a b", "a b", "a. B"), None),
    "a distance in the summary": ("summary:(a NEAR/1 b)", an_item("a b", "a x b"), None),
    "the source": ("a source:Reuters", an_item("a", source="Reuters China"), ["a"]),
    "the source in full width": ("a source:Reuters", an_item("a", source="ＲＥＵＴＥＲＳ"), ["a"]),
    "the source in other script": ("a source:联合报", an_item("a", source="聯合報"), ["a"]),
    "another source": ("a source:Reuters", an_item("a Reuters", source="Reutersx"), None),
    "not that source": ("a NOT source:Reuters", an_item("a", source="Reuters"), None),
    "the source with capitals": ("a source:=AP", an_item("a", source="AP News"), ["a"]),
    "the source with others": ("a source:=AP", an_item("a", source="Ap news"), None),
    "the author": ('a author:("Li Na" OR 李娜)', an_item("a", author="李娜、王芳"), ["a"]),
    "the feed": ("a feed:tech", an_item("a", feed="tech"), ["a"]),
    "a feed that begins so": ("a feed:tech", an_item("a", feed="techcrunch"), None),
    "feeds that begin so": ("a feed:tech*", an_item("a", feed="techcrunch"), ["a"]),
    "Chinese is simplified": ("a lang:zh", an_item("a", language="zh-Hans"), ["a"]),
    "Chinese is traditional": ("a lang:zh", an_item("a", language="zh-Hant"), ["a"]),
    "Chinese is neither": ("a lang:zh", an_item("a", language="zh"), ["a"]),
    "traditional Chinese": ("a lang:zh-hant", an_item("a", language="zh-Hant"), ["a"]),
    "traditional is not simplified": ("a lang:zh-Hans", an_item("a", language="zh-Hant"), None),
    "one script cannot be told": ("a lang:zh-Hans", an_item("a", language="zh"), None),
    "another language": ("a lang:zh", an_item("a", language="en"), None),
    "a language that begins alike": ("a lang:e", an_item("a", language="en"), None),
    "a filter's alternative": ("(lang:en OR b) a", an_item("a", language="en"), ["a"]),
    # COUNT
    "often enough": ("COUNT(Qwen) >= 3", an_item("Qwen 3", "of Qwen", "Qwen"), ["Qwen", "Qwen", "Qwen"]),
    "not often enough": ("COUNT(Qwen) >= 3", an_item("Qwen", "Qwen"), None),
    "a repeated title counts once": ("COUNT(Qwen) >= 2", an_item("Qwen is out", "Qwen is out"), None),
    "a repeated title and more": ("COUNT(Qwen) >= 2", an_item("Qwen is out", "Qwen is out. Qwen!"), ["Qwen", "Qwen"]),
    "another summary counts": ("COUNT(Qwen) >= 2", an_item("Qwen is out", "Why Qwen is in"), ["Qwen", "Qwen"]),
    "no title is no repetition": ("COUNT(Qwen) >= 2", an_item("", "Qwen Qwen"), ["Qwen", "Qwen"]),
    "of hits that overlap one counts": ('COUNT("a a") >= 2', an_item("a a a"), None),
    "an entity's aliases together": ("COUNT(@meta) >= 2", an_item("Meta", "脸书"), ["Meta", "脸书"]),
    "a count denied": ("a NOT COUNT(b) >= 2", an_item("a b"), ["a"]),
    # = and ~
    "the same capitals": ("=Apple", an_item("Apple opens"), ["Apple"]),
    "other capitals": ("=Apple", an_item("an apple, APPLE"), None),
    "one of two has them": ("=AI", an_item("ai and AI"), ["AI"]),
    "capitals of a phrase": ('="Scale AI"', an_item("scale AI; Scale-AI"), ["Scale-AI"]),
    "capitals and a possessive": ('="Meta TBD"', an_item("Meta's TBD"), ["Meta's TBD"]),
    "capitals in full width": ("=Apple", an_item("Ａｐｐｌｅ"), ["Ａｐｐｌｅ"]),
    "the word itself": ("~Qwens", an_item("qwens"), ["qwens"]),
    "a letter less": ("~Qwenx", an_item("Qwen"), ["Qwen"]),
    "a letter more": ("~Alexa", an_item("Alexxa"), ["Alexxa"]),
    "another letter": ("~Alexa", an_item("Alixa"), ["Alixa"]),
    "neighbours swapped": ("~Alexa", an_item("Aelxa"), ["Aelxa"]),
    "two slips in five letters": ("~Alexa", an_item("Alix"), None),
    "two slips in seven letters": ("~Avocado", an_item("Avokato"), None),
    "two slips in eight letters": ("~Alexandr", an_item("Aleksandr"), ["Aleksandr"]),
    "three slips in eight letters": ("~Alexandr", an_item("Aleksander"), None),
    "a slip beside Chinese": ("~Alexandr", an_item("用Alexander的"), ["Alexander"]),
    "a slip before a possessive": ("~Alexandr", an_item("Alexander’s"), ["Alexander"]),
    "slips of an alias": ("@slips", an_item("Alexander"), ["Alexander"]),
    "slips of an alias denied": ("a NOT @slips", an_item("a Alexander"), None),
    "slips of an alias denied that are not there": ("a NOT @slips", an_item("a"), ["a"]),
    "slips near": ("~Alexandr NEAR/1 Wang", an_item("Alexander Wang"), ["Alexander", "Wang"]),
    # The dictionary
    "no word of the dictionary's": ("千问", an_item("阿里千问发布"), ["千问"]),
    "a word begins before it": ("千问", an_item("面对万千问题"), None),
    "a number begins before it": ("千问", an_item("一千问"), None),
    "traditional too": ("千问", an_item("面對萬千問題"), None),
    "a word ends behind it": ("蒸馏", an_item("一瓶蒸馏水"), None),
    "a word may end behind a prefix": ("蒸馏*", an_item("一瓶蒸馏水"), ["蒸馏"]),
    "one of two places is free": ("蒸馏", an_item("蒸馏水与蒸馏模型"), ["蒸馏"]),
    "guesses never count": ("汪滔", an_item("汪滔云在场"), ["汪滔"]),
    "the word itself is no veto": ("人工智能", an_item("人工智能"), ["人工智能"]),
    "a denied word is vetoed too": ("Qwen NOT 千问", an_item("Qwen谈万千问题"), ["Qwen"]),
    "a Latin end has no veto": ("Qwen蒸馏", an_item("Qwen蒸馏水"), None),
    "quoted inside": ('"代号“牛油果”"', an_item("代号「牛油果」"), ["代号「牛油果"]),
}


@pytest.mark.parametrize(("query", "item", "expected"), HOLDS.values(), ids=HOLDS.keys())
def test_a_query_holds(query: str, item: Item, expected: list[str] | None) -> None:
    watchlist = a_query(query, meta=META, slips=("~Alexandr",))
    assert (slices(watchlist, item) if matches(item, watchlist) else None) == expected


def test_evidence_names_terms_as_they_were_written() -> None:
    (match,) = matches(an_item("Apple Alexander distilled 脸书"), a_query("=Apple ~Alexandr distill* @meta", meta=META))
    assert match.evidence == (
        Evidence("title", 0, 5, "=Apple"),
        Evidence("title", 6, 15, "~Alexandr"),
        Evidence("title", 16, 25, "distill*"),
        Evidence("title", 26, 28, "脸书"),
    )
