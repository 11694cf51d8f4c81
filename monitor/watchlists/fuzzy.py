"""Finds which misspelt words of a text are meant by `~Term`: one slip in 5 to 7 letters, two from 8 letters on.

A slip is a letter too many, too few, another one, or two neighbours swapped (optimal string alignment). Words that are
alike share a form with as many letters left out as there are slips, so a word is looked up by its own such forms
(symmetric deletion), and the few that meet are measured.
"""

from __future__ import annotations

from collections.abc import Iterable


def slips_allowed(word: str) -> int:
    """Return how many slips a term of this length forgives."""
    return 0 if len(word) < 5 else 1 if len(word) < 8 else 2


class FuzzyIndex:
    """The fuzzy terms of all watchlists."""

    def __init__(self, terms: Iterable[tuple[str, int]]) -> None:
        self._terms: dict[int, str] = {number: text.casefold() for text, number in terms}
        self._forms: dict[str, list[int]] = {}
        for number, word in self._terms.items():
            for form in _forms(word, slips_allowed(word)):
                self._forms.setdefault(form, []).append(number)
        self._most = max((slips_allowed(word) for word in self._terms.values()), default=0)
        self._lengths = {len(form) for form in self._forms}

    def __bool__(self) -> bool:
        return bool(self._terms)

    def find(self, word: str) -> list[int]:
        """Return the numbers of the terms that a folded word is, or misspells."""
        if not any(length in self._lengths for length in range(len(word) - self._most, len(word) + 1)):
            return []
        met = {number for form in _forms(word, self._most) for number in self._forms.get(form, ())}
        return sorted(
            number for number in met if distance(word, self._terms[number]) <= slips_allowed(self._terms[number])
        )


def _forms(word: str, deletions: int) -> set[str]:
    """Return a word with up to so many of its letters left out, each form once."""
    forms = found = {word}
    for _ in range(deletions):
        found = {form[:at] + form[at + 1 :] for form in found for at in range(len(form))}
        forms = forms | found
    return forms


def distance(first: str, second: str) -> int:
    """Count the slips between two words (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(second) + 1))
    for at, letter in enumerate(first, 1):
        row = [at]
        for to, other in enumerate(second, 1):
            cost = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != other))
            if at > 1 and to > 1 and letter == second[to - 2] and first[at - 2] == other:
                cost = min(cost, before[to - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
