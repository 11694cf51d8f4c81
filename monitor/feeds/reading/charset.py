"""Bytes in no known encoding to the one in which they read like a language. Pure.

Each candidate is judged by how many of the characters beyond ASCII are its languages' commonest: in the right encoding
a third of them are, in a wrong one hardly any.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

#: What is looked at of a document.
_LOOKED_AT = 64 * 1024

_CHINESE = "的一是在不了有人大中上我以要他用生到作地出就分成可主年同工也能下子面而方多定行法所民得新公司日月本市和不"
_COMMON = {
    "gb18030": _CHINESE + "这为个国时来们于对会发动过说产种后学经",
    "big5hkscs": _CHINESE + "這為個國時來們於對會發動過說產種後學經",
    "cp932": "のにはをたがでてとしれさあるいもすなっこよりまくン日ー",
    "euc_jp": "のにはをたがでてとしれさあるいもすなっこよりまくン日ー",
    "cp949": "이다는의에을가고하지한은기로도사를리자스서인시아어그전해수",
    "cp1251": "оеаинтсрвл",
    "koi8-r": "оеаинтсрвл",
    "cp1253": "αοιετσνηυρπ",
    "cp1255": "יוהלאתרבשמ",
    "cp1256": "االيمونترب",
    "cp874": "านรอกเงมยลวดท่้",
}
#: Share that they have at least; letters of an alphabet are few, so that chance makes some of any text.
_ENOUGH = {"gb18030": 0.12, "big5hkscs": 0.12, "cp932": 0.2, "euc_jp": 0.2, "cp949": 0.15}
_ENOUGH_LETTERS = 0.45
#: Fewer bytes beyond ASCII tell nothing.
_FEWEST = 24
#: In Latin texts letters beyond ASCII stand alone, so that any encoding makes letters of them; in others they do not.
_ALONE = 0.5


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding and the share of a language's commonest characters that a document has in it."""

    encoding: str
    score: float


def best_guess(body: bytes) -> Guess | None:
    """Guess the encoding of a document in an Asian or other non-Latin script; None where it reads like none of them."""
    body = body[:_LOOKED_AT]
    if not is_foreign(body):
        return None
    guesses = [Guess(encoding, score_in(body, encoding)) for encoding in _COMMON]
    possible = (guess for guess in guesses if guess.score >= _ENOUGH.get(guess.encoding, _ENOUGH_LETTERS))
    return max(possible, key=lambda guess: guess.score, default=None)


def is_foreign(body: bytes) -> bool:
    """Tell whether a document has enough bytes beyond ASCII, and these side by side, as no Latin script has them."""
    high = [at for at, byte in enumerate(body[:_LOOKED_AT]) if byte > 0x7F]
    neighbours = sum(after - before == 1 for before, after in pairwise(high))
    return len(high) >= _FEWEST and neighbours >= _ALONE * len(high)


def score_in(body: bytes, encoding: str) -> float:
    """Tell how much a document reads like a language of its encoding, from 0 to 1; 0 for one that is not judged."""
    common = _COMMON.get(encoding, "")
    beyond = [character for character in body[:_LOOKED_AT].decode(encoding, "replace") if character > "\x7f"]
    return sum(character in common for character in beyond) / max(len(beyond), 1) if common else 0.0
