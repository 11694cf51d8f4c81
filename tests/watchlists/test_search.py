"""What a watchlist asks search engines for, by tables and laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Watchlist
from monitor.watchlists.definition import query_of
from monitor.watchlists.questions import Syntax, questions_of
from monitor.watchlists.search import Ask, asks_of

ENTITIES = {"meta": ("Meta", "=META", "扎克伯格", "Zuckerberg"), "many": tuple(f"alias {n}" for n in range(40))}
SYNTAX = Syntax(or_word="OR", and_word="", quote='"', field="", max_length=250, max_words=50, max_questions=10)


def asks(query: str, name: str = "A subject") -> tuple[Ask, ...]:
    return asks_of(query_of(Watchlist("w", name, query=query, entities=ENTITIES)), name=name)


def asked(query: str, *, name: str = "A subject", **syntax: object) -> tuple[str, ...]:
    return questions_of(asks(query, name), replace(SYNTAX, **syntax)).asked


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Qwen", [Ask(("Qwen",))]),
        ("Qwen OR 千问 OR QWEN", [Ask(("Qwen", "千问"))]),
        ("distill* OR =Apple OR ~Alexandr", [Ask(("distill", "Apple", "Alexandr"))]),
        ("@meta", [Ask(("Meta", "扎克伯格", "Zuckerberg"))]),
        ("Qwen NOT (蒸馏水 OR whisky)", [Ask(("Qwen",))]),
        ("Qwen source:Reuters lang:zh", [Ask(("Qwen",))]),
        ("title:(Qwen OR 千问)", [Ask(("Qwen", "千问"))]),
        ("COUNT(@meta) >= 3", [Ask(("Meta", "扎克伯格", "Zuckerberg"))]),
        ("SENTENCE(Qwen distill* NOT whisky)", [Ask(("Qwen",), ("distill",))]),
        ("汪滔 NEAR/40 @meta", [Ask(("汪滔",), ("Meta", "扎克伯格", "Zuckerberg"))]),
        ("汪滔 NEAR/40 @meta NOT DJI", [Ask(("汪滔",), ("Meta", "扎克伯格", "Zuckerberg"))]),
        ("a b c", [Ask(("a",), ("b",))]),
        ("(a OR b NEAR c) d", [Ask(("a", "b"), ("d",))]),
        ("a AND (NOT b OR c)", [Ask(("a",))]),
        ("NOT (NOT a OR NOT b)", [Ask(("a",), ("b",))]),
        ("NOT (NOT a AND NOT title:b)", [Ask(("a", "b"))]),
        ("a OR b NEAR c OR d NEAR c", [Ask(("a",)), Ask(("b", "d"), ("c",))]),
    ],
)
def test_a_query_is_asked_for_by_its_subjects(query: str, expected: list[Ask]) -> None:
    assert list(asks(query)) == expected


def test_three_lists_are_asked_for_by_terms_beside_their_context() -> None:
    lists = Watchlist("w", "w", terms=("Qwen", "千问"), context=("distilled", "蒸馏"), exclude=("whisky",))
    assert asks_of(query_of(lists), name="w") == (Ask(("Qwen", "千问"), ("distilled", "蒸馏")),)


def test_the_subject_is_what_the_watchlist_is_called() -> None:
    assert asks("@meta (Avocado OR 牛油果)", "Avocado / 牛油果") == (
        Ask(("Avocado", "牛油果"), ("Meta", "扎克伯格", "Zuckerberg")),
    )
    assert asks("rumour OR 汪滔", "Alexandr Wang / 汪滔") == (Ask(("汪滔", "rumour")),)
    assert asks("rumour NEAR model OR 汪滔", "汪滔")[0] == Ask(("汪滔",))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"Alexandr Wang" OR 汪滔', ['"Alexandr Wang" OR 汪滔']),
        ('"Alexandr Wang" OR 汪滔 NEAR @meta', ['"Alexandr Wang"', "(Meta OR 扎克伯格 OR Zuckerberg) 汪滔"]),
        ('"OR" OR gpt-4 OR "R&D" OR "say \\"no\\""', ['"OR" OR "gpt-4" OR "R&D" OR "say no"']),
        ("(Qwen OR 千问) (distilled OR 蒸馏)", ["(Qwen OR 千问) (distilled OR 蒸馏)"]),
    ],
)
def test_questions_are_written_in_the_engines_syntax(query: str, expected: list[str]) -> None:
    assert list(asked(query)) == expected


def test_an_engine_can_have_words_of_its_own() -> None:
    assert asked("(Qwen OR 千问) (distilled OR 蒸馏)", or_word="|", and_word="AND", field="all:") == (
        "(all:Qwen | all:千问) AND (all:distilled | all:蒸馏)",
    )


def test_without_brackets_the_context_is_left_out() -> None:
    assert asked("(Qwen OR 千问) distilled", and_word=None) == ("Qwen OR 千问",)


def test_without_a_word_for_or_each_word_is_a_question() -> None:
    assert asked("Qwen OR 千问", or_word="") == ("Qwen", "千问")


def test_many_words_are_shared_out_and_none_is_lost() -> None:
    questions = asked("@many")
    assert len(questions) == 3
    assert all(len(question) <= 250 for question in questions)
    assert " OR ".join(questions) == " OR ".join(f'"alias {n}"' for n in range(40))


def test_words_are_counted_as_engines_count_them() -> None:
    assert asked('"two words" OR 四个汉字 OR one', max_words=4) == ('"two words" OR 四个汉字', "one")


def test_a_long_list_is_split_beside_the_short_one() -> None:
    questions = asked("@many Qwen", max_words=41)
    assert len(questions) == 3
    assert all(question.endswith(") Qwen") for question in questions)


def test_a_context_that_leaves_no_room_is_left_out() -> None:
    assert asked("(a OR b OR c OR d) (e OR f OR g OR h)", max_words=6) == ("a OR b OR c OR d",)


def test_rather_no_context_than_too_many_questions() -> None:
    assert asked("Qwen @many", max_questions=2) == ("Qwen",)


def test_what_is_left_out_at_last_is_named() -> None:
    questions = questions_of(asks("@many"), replace(SYNTAX, max_questions=2))
    assert len(questions.asked) == 2
    assert questions.left_out[-1] == "alias 39"
    assert questions_of(asks(f'"{"x" * 300}" OR y'), SYNTAX).left_out == ("x" * 300,)


WORDS = st.text("aé千问 -&\"'", min_size=1, max_size=12).filter(lambda word: any(c.isalnum() for c in word))
ASKS = st.lists(
    st.builds(Ask, st.lists(WORDS, min_size=1, unique=True).map(tuple), st.lists(WORDS, unique=True).map(tuple))
)
SYNTAXES = st.builds(
    Syntax,
    or_word=st.sampled_from(["", "OR"]),
    and_word=st.sampled_from([None, "", "AND"]),
    quote=st.sampled_from(["", '"']),
    field=st.sampled_from(["", "all:"]),
    max_length=st.integers(20, 100),
    max_words=st.integers(1, 20),
    max_questions=st.integers(1, 10),
)


@given(ASKS, SYNTAXES)
def test_every_question_is_within_the_limits_and_every_word_is_asked_for_or_named(
    asks: list[Ask], syntax: Syntax
) -> None:
    questions = questions_of(asks, syntax)
    assert len(questions.asked) <= syntax.max_questions
    assert all(0 < len(question) <= syntax.max_length for question in questions.asked)
    said = " ".join(questions.asked)
    wanted = {word for ask in asks for word in ask.words}
    assert all(word in questions.left_out or " ".join(word.replace('"', " ").split()) in said for word in wanted)
    assert wanted.issuperset(questions.left_out)
