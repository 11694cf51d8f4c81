"""A match to the one English sentence that tells its reader why: which words stand where.

It quotes the item, as the item spells them, and decides nothing.
"""

from __future__ import annotations

from monitor.model import Item, Match, Watchlist
from monitor.watchlists.query import TEXT_FIELDS

#: Words that one clause names before it counts the rest.
_MAX_WORDS = 4


def why(match: Match, item: Item, watchlist: Watchlist) -> str:
    """Return one sentence such as "Qwen and 蒸馏 stand in the title, Alibaba in the summary."."""
    (first, words), *others = _words_by_field(match, item, watchlist).items()
    verb = "stands" if len(words) == 1 else "stand"
    clauses = [
        f"{_listed(words)} {verb} in the {first}",
        *(f"{_listed(more)} in the {field}" for field, more in others),
    ]
    return ", ".join(clauses) + "."


def _words_by_field(match: Match, item: Item, watchlist: Watchlist) -> dict[str, list[str]]:
    """Return for each field, in order, what stands there of each term not met before: the terms, then the context."""
    firsts = {evidence.term: evidence for evidence in reversed(match.evidence)}
    found: dict[str, list[str]] = {}
    for evidence in sorted(
        firsts.values(), key=lambda e: (TEXT_FIELDS.index(e.field), e.term not in watchlist.terms, e.start)
    ):
        text: str = getattr(item, evidence.field)
        found.setdefault(evidence.field, []).append(" ".join(text[evidence.start : evidence.end].split()))
    return {field: list(dict.fromkeys(words)) for field, words in found.items()}


def _listed(words: list[str]) -> str:
    if len(words) > _MAX_WORDS:
        words = [*words[: _MAX_WORDS - 1], f"{len(words) - _MAX_WORDS + 1} more"]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
