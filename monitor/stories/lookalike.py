"""Two titles that are equal but for what makes another event of it: templates, series, one report for each company.

"Wordle today: July 14" and "… July 15", "iPhone 16 review" and "iPhone 17 review", "BYD recalls …" and "NIO recalls …".
Amounts do not count: a rising toll, or another estimate, is the same event.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from monitor.stories.figures import SERIAL, Figure, may_equal
from monitor.stories.lexicon import headed, heading_of
from monitor.stories.profile import Profile
from monitor.stories.rarity import weight
from monitor.stories.traits import Traits, events_in

#: Share of both titles' words, by weight, from which titles are equal but for what was replaced.
_FRAME = 0.6
#: The same where each title has a day of its own: two days hardly ever make one event.
_DAYS_FRAME = 0.4
#: One replaced run of this many words or characters, or fewer, is a name; a longer one tells something else.
_LONGEST_NAME = 4
#: What else the titles must have in common, at least.
_FEWEST = 2
_KINDS = {
    "d": "day", "w": "day", "m": "month", "q": "quarter", "y": "year", "#": "number", "v": "version",
}  # fmt: skip
_THINGS = {"companies": "company", "people": "person", "places": "place", "institutions": "institution"}
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[a-z0-9][a-z0-9'&]*|[\u3400-\u9fff]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def replaced(a: Profile, b: Profile) -> str | None:
    """Say what stands in one title where the other, otherwise equal, has another: "day", "place"; None for nothing."""
    if 3 * len(a.words & b.words) < max(len(a.words), len(b.words)):
        return None
    frame = _frame(a, b)
    serial = _serial(a, b) if frame >= _DAYS_FRAME else None
    if frame >= _FRAME and (found := serial or _name(a.traits, b.traits)):
        return found
    if serial == "day":
        return serial
    if _differ_in_numbers(a, b):
        return "number"
    return "name" if _differ_in_a_name(a.traits, b.traits) else None


def _frame(a: Profile, b: Profile) -> float:
    return weight(a.words & b.words) / max(weight(a.words), weight(b.words), 1.0)


def _serial(a: Profile, b: Profile) -> str | None:
    for kind, word in _KINDS.items():
        mine = [each for each in a.title_serials if each.kind == kind]
        theirs = [each for each in b.title_serials if each.kind == kind]
        if mine and theirs and _is_one_series(mine, theirs) and not _share(mine, theirs):
            return word
    return None


def _is_one_series(mine: list[Figure], theirs: list[Figure]) -> bool:
    """Say whether the figures count in one series: versions do only behind one name."""
    return any(one.name == other.name for one in mine for other in theirs)


def _share(mine: list[Figure], theirs: list[Figure]) -> bool:
    return any(may_equal(one, other) for one in mine for other in theirs)


def _name(a: Traits, b: Traits) -> str | None:
    kinds = (_headings(a, b) & _headings(b, a)) - {""}
    return _THINGS.get(min(kinds), "product") if kinds else None


def _headings(a: Traits, b: Traits) -> set[str]:
    """Return the kinds of the names that stand in the title of `a` and nowhere in `b`."""
    return {heading_of(name) for name in {*a.of_title.names} - {*b.of_title.names, *b.of_summary.names}}


def _differ_in_numbers(a: Profile, b: Profile) -> bool:
    """Say whether titles differ in plain numbers alone that count no people: "Line 3" and "Line 5", not "3 dead"."""
    if a.traits.title == b.traits.title or _NUMBER.sub("0", a.traits.title) != _NUMBER.sub("0", b.traits.title):
        return False
    figures = (*a.traits.of_title.figures, *b.traits.of_title.figures)
    return not a.events & headed("tolls") and all(each.kind == "n" or each.kind in SERIAL for each in figures)


def _differ_in_a_name(a: Traits, b: Traits) -> bool:
    """Say whether titles differ in short runs of which one looks like a name that no table has."""
    words, others = _WORD.findall(a.title), _WORD.findall(b.title)
    return (
        _is_one_run(words, others, a, b)
        or _is_one_run(_no_numbers(words), _no_numbers(others), a, b)
        or _are_several_runs(words, others, a, b)
    )


def _no_numbers(words: list[str]) -> list[str]:
    return [word for word in words if not word[0].isdecimal() or not word.replace(".", "").isdecimal()]


def _is_one_run(words: list[str], others: list[str], a: Traits, b: Traits) -> bool:
    mine, theirs = _middles(words, others)
    equal = min(len(words) - len(mine), len(others) - len(theirs))
    if equal < _FEWEST or 2 * equal < max(len(words), len(others)) or {*mine} & {*theirs}:
        return False
    if not _no_numbers([*mine, *theirs]):
        return False
    return _is_name(mine, a.written) and _is_name(theirs, b.written) and not _say_one_event(mine, theirs)


def _are_several_runs(words: list[str], others: list[str], a: Traits, b: Traits) -> bool:
    """Say whether titles differ in several short runs, one a Latin name: "… sells 5 vans in Leeds", "… 9 in York".

    One word that stands first has its capital from there, and so has any word of a title in capitals.
    """
    if 2 * len({*words} & {*others}) < max(len(words), len(others)):
        return False
    runs = [
        (words[start:end], others[start_2:end_2], start)
        for what, start, end, start_2, end_2 in SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
        if what != "equal"
    ]
    if len(runs) < 2 or any(not 0 < len(run) <= _LONGEST_NAME for mine, theirs, _ in runs for run in (mine, theirs)):
        return False
    if 2 * sum(max(len(mine), len(theirs)) for mine, theirs, _ in runs) > max(len(words), len(others)):
        return False
    return any(
        (start > 0 or min(len(mine), len(theirs)) > 1)
        and _is_latin_name(mine, a.written)
        and _is_latin_name(theirs, b.written)
        for mine, theirs, start in runs
    )


def _is_latin_name(run: list[str], title: str) -> bool:
    words = [word for word in title.split() if word[0].isalpha()]
    in_capitals = sum(word[0].isupper() for word in words)
    is_latin = all(word.isascii() and word[0].isalpha() and len(word) > 2 for word in run)
    return is_latin and 2 * in_capitals <= len(words) and all(word.capitalize() in title for word in run)


def _is_name(run: list[str], title: str) -> bool:
    """Say whether a run can be a name: short, and in capitals where its script has them."""
    if not 0 < len(run) <= _LONGEST_NAME:
        return False
    return all(_stands_out(word, title) for word in run)


def _stands_out(word: str, title: str) -> bool:
    return not word.isascii() or word[0].isdecimal() or word.capitalize() in title or word.upper() in title


def _say_one_event(mine: list[str], theirs: list[str]) -> bool:
    return bool({*events_in("".join(mine))} & {*events_in("".join(theirs))})


def _middles(mine: list[str], theirs: list[str]) -> tuple[list[str], list[str]]:
    """Return two lists without what they start and end with alike."""
    shorter, start, end = min(len(mine), len(theirs)), 0, 0
    while start < shorter and mine[start] == theirs[start]:
        start += 1
    while end < shorter - start and mine[-1 - end] == theirs[-1 - end]:
        end += 1
    return mine[start : len(mine) - end], theirs[start : len(theirs) - end]
