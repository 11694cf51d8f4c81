"""What is to be searched for becomes questions in one engine's syntax, each within the engine's limits. Pure.

    ("Alexandr Wang" OR 汪滔) (Meta OR "Scale AI")

Words are packed into as few questions as they fit into. Of words and their context the shorter list stands whole in
each question and the longer one is split. The context is left out where the engine knows no brackets, where the shorter
list leaves too little room, and where there would be more questions than may be asked: more comes back then, not less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.watchlists.search import Ask, pieces_of

#: Words that engines read as operators, or that stand at operators' places.
_OPERATORS = frozenset(("AND", "OR", "NOT", "NEAR", "ANDNOT"))
_FIRST_UNSPACED = "\u2e80"


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """How an engine wants to be asked, and how much at once."""

    #: Stands between alternatives; "": the engine knows none, each word is a question of its own.
    or_word: str
    #: Stands between words and their context, "" where a blank does; None: the engine cannot be asked for a context.
    and_word: str | None
    #: Around phrases.
    quote: str
    #: Before every word or phrase.
    field: str
    #: Characters of a question, and its words, of which two Chinese characters make one.
    max_length: int
    max_words: int
    max_questions: int


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask, and which words that leaves out."""

    asked: tuple[str, ...]
    left_out: tuple[str, ...]


def questions_of(asks: Sequence[Ask], syntax: Syntax) -> Questions:
    """Return the questions, those without a context first; words that fit into none of them are left out."""
    groups = _groups(asks, syntax)
    if len(groups) > syntax.max_questions:
        groups = _groups(asks, replace(syntax, and_word=None))[: syntax.max_questions]
    asked = frozenset(word for group in groups for word in (*group.words, *group.beside))
    left_out = dict.fromkeys(word for ask in asks for word in ask.words if word not in asked)
    return Questions(tuple(_written(group, syntax) for group in groups), tuple(left_out))


def _groups(asks: Sequence[Ask], syntax: Syntax) -> list[Ask]:
    """Share out the words, so that each group fits into one question."""
    narrow = [ask for ask in asks if _is_narrow(ask, syntax)]
    broad = dict.fromkeys(word for ask in asks if ask not in narrow for word in ask.words)
    return [*_packed(broad, (), syntax), *(group for ask in narrow for group in _packed(*_long_and_short(ask), syntax))]


def _is_narrow(ask: Ask, syntax: Syntax) -> bool:
    """Tell whether the context is asked for: the shorter side must leave half of a question to the other."""
    if not ask.beside or syntax.and_word is None:
        return False
    shorter = Ask(_long_and_short(ask)[1])
    half = replace(syntax, max_words=syntax.max_words // 2, max_length=syntax.max_length // 2)
    return _fits(shorter, half)


def _long_and_short(ask: Ask) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (ask.words, ask.beside) if _size(ask.words) >= _size(ask.beside) else (ask.beside, ask.words)


def _packed(words: Iterable[str], beside: tuple[str, ...], syntax: Syntax) -> Iterator[Ask]:
    pack: tuple[str, ...] = ()
    for word in words:
        if _fits(Ask((*pack, word), beside), syntax):
            pack = (*pack, word)
        elif _fits(Ask((word,), beside), syntax):
            yield Ask(pack, beside)
            pack = (word,)
    if pack:
        yield Ask(pack, beside)


def _fits(ask: Ask, syntax: Syntax) -> bool:
    if not syntax.or_word and max(len(ask.words), len(ask.beside)) > 1:
        return False
    return _size((*ask.words, *ask.beside)) <= syntax.max_words and len(_written(ask, syntax)) <= syntax.max_length


def _size(words: Iterable[str]) -> int:
    return sum(map(_words_in, words))


def _words_in(text: str) -> int:
    pieces = pieces_of(text)
    unspaced = sum(piece >= _FIRST_UNSPACED for piece in pieces)
    return max(1, len(pieces) - unspaced + (unspaced + 1) // 2)


def _written(ask: Ask, syntax: Syntax) -> str:
    if not ask.beside:
        return _alternatives(ask.words, syntax)
    operator = f" {syntax.and_word} " if syntax.and_word else " "
    return operator.join(_bracketed(side, syntax) for side in (ask.words, ask.beside))


def _bracketed(words: Sequence[str], syntax: Syntax) -> str:
    text = _alternatives(words, syntax)
    return f"({text})" if len(words) > 1 else text


def _alternatives(words: Sequence[str], syntax: Syntax) -> str:
    return f" {syntax.or_word} ".join(_quoted(word, syntax) for word in words)


def _quoted(word: str, syntax: Syntax) -> str:
    """Write a word or phrase; whatever is not all letters and digits could be read as an operator unquoted."""
    text = " ".join(word.replace('"', " ").split())
    mark = "" if text.isalnum() and text not in _OPERATORS else syntax.quote
    return f"{syntax.field}{mark}{text}{mark}"
