"""An English word to its stem: without the endings that two reports of one event write differently.

Cruder than Porter's, and faster: it takes off one ending, for equality only. What it makes of other languages' words
does no harm, since both sides go through it.
"""

from __future__ import annotations

from functools import lru_cache

_SHORTEST = 3
#: Ending and what stands in its place, the first that fits.
_ENDINGS = (
    ("'s", ""), ("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("ings", ""), ("ing", ""),
    ("ied", "y"), ("ed", ""), ("ations", "at"), ("ation", "at"), ("ers", "er"), ("es", ""), ("ss", "ss"), ("us", "us"),
    ("s", ""),
)  # fmt: skip
#: Irregular forms of what headlines say.
_FORMS = {
    "bought": "buy", "sold": "sell", "won": "win", "lost": "lose", "loses": "lose", "losing": "lose", "fell": "fall",
    "fallen": "fall", "rose": "rise", "risen": "rise", "said": "say", "says": "say", "made": "make", "making": "make",
    "built": "build", "took": "take", "taken": "take", "gave": "give", "given": "give", "shut": "shut", "hit": "hit",
    "left": "leave", "leaving": "leave", "died": "die", "dies": "die", "dying": "die", "led": "lead", "met": "meet",
    "paid": "pay", "sees": "see", "seen": "see", "saw": "see", "sought": "seek", "began": "begin", "begun": "begin",
    "grew": "grow", "grown": "grow", "shares": "share", "uses": "use", "used": "use", "using": "use", "men": "man",
    "women": "woman", "people": "people", "children": "child", "stolen": "steal", "stole": "steal", "broke": "break",
    "broken": "break", "caught": "catch", "came": "come", "went": "go", "wins": "win", "beaten": "beat",
    "shot": "shoot",
}  # fmt: skip


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return a lower-case word's stem."""
    if word in _FORMS:
        return _FORMS[word]
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return _tidied(word[: -len(ending)] + instead)
    return _tidied(word)


def _tidied(stemmed: str) -> str:
    if len(stemmed) > _SHORTEST and stemmed[-1] == stemmed[-2] and stemmed[-1] not in "aeioulsz":
        return stemmed[:-1]  # cutting -> cutt -> cut
    return stemmed[:-1] if len(stemmed) > _SHORTEST and stemmed.endswith("e") else stemmed
