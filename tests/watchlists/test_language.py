"""What is a query, how it binds, and what an author is told of one that is none."""

from __future__ import annotations

import pytest

from monitor.errors import WatchlistError
from monitor.watchlists.language import MAX_CHARACTERS, MAX_DEPTH, MAX_TERMS, parse, parse_term
from monitor.watchlists.query import Count, Entity, Term, terms_of, written

ENTITIES = {"meta": ("Meta", "脸书"), "scale": ("Scale AI",), "many": tuple(f"a{n}" for n in range(1_001)), "none": ()}

READ = {
    "a blank is AND": ("a b", "a AND b"),
    "so is a line's end": ("a\n\tb", "a AND b"),
    "and an ideographic blank": ("千问\u3000蒸馏", "千问 AND 蒸馏"),
    "AND before OR": ("a OR b c", "a OR b AND c"),
    "brackets before AND": ("(a OR b) c", "(a OR b) AND c"),
    "NOT before AND": ("a NOT b c", "a AND NOT b AND c"),
    "NOT belongs to the last branch": ("a OR (b NEAR/40 c) NOT (d OR e)", "a OR b NEAR/40 c AND NOT (d OR e)"),
    "NEAR before NOT": ("a NOT b NEAR c", "a AND NOT (b NEAR c)"),
    "NEAR before AND": ("a b NEAR/3 c d", "a AND b NEAR/3 c AND d"),
    "NEAR before OR": ("a OR b NEAR c", "a OR b NEAR c"),
    "two denials are none": ("a NOT NOT b", "a AND b"),
    "three are one": ("a NOT NOT NOT b", "a AND NOT b"),
    "needless brackets": ("((a) AND ((b)))", "a AND b"),
    "brackets of one kind are flat": ("a (b (c d)) OR (e OR f)", "a AND b AND c AND d OR e OR f"),
    "full-width brackets": ("（千问 OR 通义） 蒸馏", "(千问 OR 通义) AND 蒸馏"),
    "full-width colon": ("title：千问", "title:千问"),
    "brackets without blanks": ("a(b OR c)d", "a AND (b OR c) AND d"),
    "operators before brackets": ("a AND(b OR(c))", "a AND (b OR c)"),
    "operators before marks": ("a NOT@meta OR=Apple", "a AND NOT @meta OR =Apple"),
    "small letters are words": ("this or that", "this AND or AND that"),
    "operators in quotation marks are words": ('a "OR" "NEAR/5"', 'a AND "OR" AND "NEAR/5"'),
    "operators inside words": ("ORACLE NOTION NEARBY COUNTER", "ORACLE AND NOTION AND NEARBY AND COUNTER"),
    "an unquoted Chinese run is one term": ("通义千问", "通义千问"),
    "quoted by Chinese marks": ("“Scale AI” 「Scale AI」", '"Scale AI" AND "Scale AI"'),
    "quotation marks inside": (r'"say \"hi\" \\o"', r'"say \"hi\" \\o"'),
    "blanks in a phrase": ('"Alexandr \n  Wang"', '"Alexandr Wang"'),
    "prefixes": ('distill* "knowledge distill"* 蒸馏*', 'distill* AND "knowledge distill"* AND 蒸馏*'),
    "a star in quotation marks": ('"C*-algebra"', '"C*-algebra"'),
    "marks": ('=Apple ="Scale AI" ~Alexandr ~"Alexandr"', '=Apple AND ="Scale AI" AND ~Alexandr AND ~Alexandr'),
    "entities": ("@meta OR @scale", "@meta OR @scale"),
    "signs in words": ("Qwen2.5-Max C++ AT&T #qwen O'Neill", 'Qwen2.5-Max AND C++ AND AT&T AND "#qwen" AND O\'Neill'),
    "thousands": ("1,000", '"1,000"'),
    "times and addresses": ("12:30 https://a.example/b", '"12:30" AND "https://a.example/b"'),
    "middle dots": ("亚历山大·王", '"亚历山大·王"'),
    "fields": ('title:a summary:(b OR c) content:"d e"', 'title:a AND summary:(b OR c) AND content:"d e"'),
    "a field binds to one part": ("title:a b", "title:a AND b"),
    "a field of a distance": ("title:(a NEAR/3 b)", "title:(a NEAR/3 b)"),
    "a field of a sentence": ("content:SENTENCE(a b)", "content:SENTENCE(a AND b)"),
    "a denied field": ("a NOT title:b", "a AND NOT title:b"),
    "filters": ('a author:"Li Na" feed:tech* lang:zh', 'a AND author:"Li Na" AND feed:tech* AND lang:zh'),
    "alternative filters": ("a lang:(zh OR en)", "a AND (lang:zh OR lang:en)"),
    "a sentence": ("SENTENCE(a b NOT c)", "SENTENCE(a AND b AND NOT c)"),
    "a sentence after a blank": ("SENTENCE (a b)", "SENTENCE(a AND b)"),
    "NEAR of alternatives": ("(a OR @meta) NEAR (b OR c)", "(a OR @meta) NEAR (b OR c)"),
    "the least and the most distance": ("a NEAR/1 b c NEAR/1000 d", "a NEAR/1 b AND c NEAR/1000 d"),
    "a count": ("COUNT(a)>=2 COUNT( @meta ) >= 3", "COUNT(a) >= 2 AND COUNT(@meta) >= 3"),
    "a count's name as a word": ("COUNT SENTENCE", '"COUNT" AND "SENTENCE"'),
    "denials that need a term": ("NOT (NOT a OR NOT b)", "NOT (NOT a OR NOT b)"),
    "a filter's alternative beside a term": ("a (lang:zh OR b)", "a AND (lang:zh OR b)"),
}


@pytest.mark.parametrize(("text", "meaning"), READ.values(), ids=READ.keys())
def test_a_query_is_read_as(text: str, meaning: str) -> None:
    assert written(parse(text, entities=ENTITIES)) == meaning
    assert parse(meaning, entities=ENTITIES) == parse(text, entities=ENTITIES)


def test_an_entity_carries_its_aliases() -> None:
    assert parse("@meta", entities=ENTITIES) == Entity("meta", (Term("Meta"), Term("脸书")))
    assert parse("COUNT(@scale) >= 2", entities=ENTITIES) == Count(Entity("scale", (Term("Scale AI"),)), 2)


def test_terms_know_where_they_stand() -> None:
    text = 'a OR ("b c" NEAR 千问)'
    assert [text[term.at :][:2] for term in terms_of(parse(text))] == ["a ", '"b', "千问"]


ENTRIES = {
    "as it stands": ("Scale AI (US), Inc. OR not", Term("Scale AI (US), Inc. OR not")),
    "prefix": (" distill* ", Term("distill", is_prefix=True)),
    "quoted": ('"Scale AI"', Term("Scale AI")),
    "quoted prefix": ('"knowledge distill"*', Term("knowledge distill", is_prefix=True)),
    "capitals": ("=Apple", Term("Apple", is_exact=True)),
    "slips": ("~Alexandr", Term("Alexandr", is_fuzzy=True)),
    "an entity": ("@scale", Entity("scale", (Term("Scale AI"),))),
    "quotation marks inside": ("代号“牛油果”", Term("代号“牛油果”")),
}


@pytest.mark.parametrize(("entry", "term"), ENTRIES.values(), ids=ENTRIES.keys())
def test_an_entry_of_a_list_is_read_as(entry: str, term: Term | Entity) -> None:
    assert parse_term(entry, subject="list", entities=ENTITIES) == term


#: A query, the column of its fault, and what is said of it.
REFUSED = {
    "nothing": ("", 1, "the query ends where a word"),
    "blanks": ("  \n ", 1, "the query ends where a word"),
    "an operator that ends it": ("a OR", 5, "the query ends where"),
    "an operator that begins it": ("AND a", 1, "AND stands where a word.* in quotation marks it is a word"),
    "two operators": ("a AND OR b", 7, "OR stands where"),
    "a bracket never closed": ("a (b OR (c)", 3, "this bracket is never closed"),
    "a bracket never opened": ("a b)", 4, "this bracket was never opened"),
    "an operator before a bracket's end": ("(a OR) b", 6, "a bracket closes where"),
    "empty brackets": ("a ()", 4, "there is nothing between these brackets"),
    "a quotation never closed": ('a "b c', 3, "this quotation mark is never closed"),
    "a Chinese quotation never closed": ("a “b c", 3, "this quotation mark is never closed"),
    "a quotation never opened": ("a b” c", 4, "this quotation mark was never opened"),
    "an empty quotation": ('a ""', 3, "no letter or digit"),
    "signs alone": ("a --", 3, "no word begins with '-'"),
    "a sign alone": ("a & b", 3, "no letter or digit"),
    "a minus": ("a -b", 3, "no word begins with '-': NOT excludes"),
    "a plus": ("+a b", 1, r"no word begins with '\+': a blank means AND already"),
    "an exclamation mark": ("a !b", 3, "no word begins with '!'"),
    "two marks": ("=~Apple", 2, "no word begins with '~': = and ~ mark the one word that follows"),
    "a mark before an entity": ("=@meta", 2, "no word begins with '@': @name stands without a mark"),
    "a mark before a field": ("=title:a", 1, "no word begins with '=': = and ~ mark the one word that follows"),
    "a full-width mark": ("～Alexandr", 1, "no word begins with '～'"),
    "a comma": ("Qwen, 千问", 5, "',' joins nothing: write OR"),
    "a Chinese comma": ("千问，通义", 3, "'，' joins nothing"),
    "an enumeration comma": ("千问、通义", 3, "'、' joins nothing"),
    "a star inside": ("dist*ll", 5, r"'\*' stands only at the end"),
    "a star before": ("*still", 1, r"'\*' stands only at the end"),
    "two stars": ("distill**", 8, r"'\*' stands only at the end"),
    "slips of a short word": ("~Wang", 1, "5 to 20 letters"),
    "slips of a long word": ("~" + "abcdefg" * 3, 1, "5 to 20 letters"),
    "slips of Chinese": ("~亚历山大·王", 1, "one Latin word"),
    "slips of a phrase": ('~"Alexandr Wang"', 1, "one Latin word"),
    "slips of a prefix": ("~Alexandr*", 1, "one Latin word"),
    "slips of a number": ("~Qwen25", 1, "one Latin word"),
    "a misspelt field": ("a tilte:b", 3, "there is no field 'tilte'; .* did you mean title"),
    "a word with a colon": ("foo:bar", 1, "a word with a colon goes into quotation marks"),
    "a field without a value": ("a title:", 9, "the query ends where"),
    "a misspelt entity": ("a @mta", 3, "there is no entity 'mta' .* did you mean meta"),
    "an entity unlike any": ("@qqqqqq", 1, r"there is no entity 'qqqqqq' in \[entities\]\n"),
    "an entity without a name": ("a @ b", 3, "the name of an entity is missing behind @"),
    "an entity without aliases": ("@none", 1, "the entity 'none' has no aliases"),
    "a distance of nothing": ("a NEAR/0 b", 3, "from 1 to 1000"),
    "a distance too far": ("a NEAR/1001 b", 3, "from 1 to 1000"),
    "a distance of thousands of digits": (f"a NEAR/{'9' * 5_000} b", 3, "from 1 to 1000"),
    "a distance in letters": ("a NEAR/five b", 3, "from 1 to 1000"),
    "a distance that is missing": ("a NEAR/ b", 3, "from 1 to 1000"),
    "three in a row": ("a NEAR b NEAR c", 10, "NEAR joins two sides only"),
    "NEAR of an AND": ("(a b) NEAR c", 2, "NEAR stands between terms"),
    "NEAR of a denial": ("a NEAR (NOT b)", 9, "NEAR stands between terms"),
    "NEAR of a field": ("title:a NEAR b", 1, "NEAR stands between terms"),
    "NEAR of a sentence": ("a NEAR SENTENCE(b)", 8, "NEAR stands between terms"),
    "NOT behind NEAR": ("a NEAR NOT b", 8, "NOT stands where"),
    "a denial alone": ("NOT a", 1, "this could match without any term"),
    "a denial as an alternative": ("a OR NOT b", 6, "this could match without any term"),
    "a filter alone": ("lang:zh", 1, "this could match without any term"),
    "a filter as an alternative": ("a OR source:b", 6, "this could match without any term"),
    "filters and denials": ("lang:zh source:a NOT b", 1, "this could match without any term"),
    "a sentence of a denial": ("a SENTENCE(NOT b)", 12, r"SENTENCE\( \) could hold without any term"),
    "a field in a sentence": ("SENTENCE(a title:b)", 12, r"cannot stand inside SENTENCE\( \)"),
    "a field in a field": ("title:(a summary:b)", 10, "cannot stand inside title:"),
    "a filter in a field": ("title:(a lang:zh)", 10, "lang: cannot stand inside title:"),
    "a count in a field": ("title:COUNT(a) >= 2", 7, "COUNT cannot stand inside title:"),
    "a filter of a denial": ("a source:(NOT b)", 11, "source: takes a word or phrase"),
    "a filter of an entity": ("a source:@meta", 10, "source: takes a word or phrase"),
    "a filter with slips": ("a author:~Alexandr", 10, "author: takes a word or phrase"),
    "a language with a star": ("a lang:z*", 8, "lang: takes no mark"),
    "a feed with capitals": ("a feed:=F", 8, "feed: takes no mark"),
    "a filter that no text can hold": ('a source:"b\x00"', 10, "can never be found: it holds a control character"),
    "half of a character": ("a \ud800b", 3, "can never be found: it holds a control character or half of one"),
    "a count of two": ("COUNT(a OR b) >= 2", 7, "COUNT takes one term or one @entity"),
    "a count without number": ("COUNT(a)", 9, r"after COUNT\(term\) comes >= and a number"),
    "another comparison": ("COUNT(a) > 2", 10, r"after COUNT\(term\) comes >="),
    "a count of none": ("COUNT(a) >= 0", 10, "a number from 1 to 1000"),
    "a count of thousands of digits": (f"COUNT(a) >= {'9' * 5_000}", 10, "a number from 1 to 1000"),
    "a comparison of no count": ("a >= 2", 3, r">= only follows COUNT\(term\)"),
    "too many brackets": ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), 52, "more than 50 brackets"),
    "too many denials": ("a " + "NOT " * (MAX_DEPTH + 1) + "b", 207, "more than 50 brackets, fields and NOTs"),
    "too many fields": ("title:" * 60 + "a", 307, "more than 50 brackets, fields and NOTs"),
    "too many terms": (" OR ".join(["a"] * (MAX_TERMS + 1)), 10_001, "more than 2000 terms"),
    "too many aliases": ("@many @many", 7, "more than 2000 terms, those of its entities included"),
    "too many characters": ("a" * (MAX_CHARACTERS + 1), 1, "has 100001 characters; at most 100000"),
}


@pytest.mark.parametrize(("text", "column", "cause"), REFUSED.values(), ids=REFUSED.keys())
def test_a_query_is_refused(text: str, column: int, cause: str) -> None:
    with pytest.raises(WatchlistError, match=cause) as refused:
        parse(text, subject="mine", entities=ENTITIES)
    assert refused.value.column == column
    assert str(refused.value).startswith("watchlist: mine: ")


@pytest.mark.parametrize(
    "text",
    ["(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH, " ".join(["a"] * MAX_TERMS), "a" * MAX_CHARACTERS, "@many a"],
    ids=["50 brackets", "2,000 terms", "100,000 characters", "1,002 terms"],
)
def test_a_query_at_a_limit_is_read(text: str) -> None:
    assert parse(text, entities=ENTITIES)


SHOWN = {
    "the caret stands below": ("a AND )", "column 7: a bracket", "    a AND )\n          ^"),
    "wide characters take two columns": ("千问 蒸馏)", "column 6: ", "    千问 蒸馏)\n             ^"),
    "the line is named": ("a\n  b OR\n)", "line 3, column 1: ", "    )\n    ^"),
    "only its line is shown": ("a OR\nb (c\nd", "line 2, column 3: ", "    b (c\n      ^"),
    "a long line is cut": ("a" * 100 + " )", "column 102: ", f"    …{'a' * 58} )\n{' ' * 64}^"),
    "what cannot be printed is a blank": ("a\u200b\u2028b )", "column 6: ", "    a  b )\n         ^"),
}


@pytest.mark.parametrize(("text", "where", "excerpt"), SHOWN.values(), ids=SHOWN.keys())
def test_an_error_shows_the_place(text: str, where: str, excerpt: str) -> None:
    with pytest.raises(WatchlistError) as refused:
        parse(text)
    assert refused.value.cause.startswith(where)
    assert refused.value.cause.endswith(excerpt)
    line, _, _ = refused.value.cause.partition(":")
    assert (refused.value.line == 1) is (not line.startswith("line"))
