"""The open stories of a watchlist, and a new item, to the story that it joins: candidates by index, then similarity.

An index from tokens to the stories that have them finds the few that share most; only with those is the item compared.
Pure and synchronous: the stories' items are given to it, and it keeps what it needs of them in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nlargest

from monitor.stories.compare import is_across, is_copy
from monitor.stories.meaning import nearness
from monitor.stories.profile import Profile
from monitor.stories.rarity import rarity
from monitor.stories.similar import CAUTION, SAME_ADDRESS, Meaning, Verdict, guess, judge
from monitor.stories.traits import Traits

#: Stories of its own language that an item is compared with, and of the other: few names reach across.
_CANDIDATES = 5
_ACROSS = 8
#: Stories that share most, of which those are chosen.
_LOOKED_AT = 80
#: Of those, the encoder is asked of so many, where the first guess is no less than this.
_ASKED = 2
_UNLIKELY = 0.25
#: Probability from which no story of the other language is looked for.
_SURE = 0.8
#: Items of one story that are kept for comparison: its first, and those that say most.
_ITEMS = 4
#: Rarity that a candidate must share: one name, or two common words.
_LEAST = 5.0
#: Tokens of so many stories tell none of them from the others.
_COMMON = 60


@dataclass(frozen=True, slots=True)
class Joined:
    """The story that an item joins."""

    story: str
    verdict: Verdict
    #: Whether it says hardly a word that the item it was joined by does not.
    is_copy: bool


class OpenStories:
    """The stories of one watchlist that an item can still join."""

    def __init__(self, subject: frozenset[str] = frozenset(), *, caution: float = CAUTION, window_s: float) -> None:
        """`subject`: from `profile.subject_of`; `window_s`: span between a story's first item and its last."""
        self._subject = subject
        self._caution = caution
        self._window_s = window_s
        self._items: dict[str, list[Profile]] = {}
        self._stories_with: dict[str, dict[str, None]] = {}
        self._story_at: dict[str, str] = {}
        self._addresses: defaultdict[str, set[str]] = defaultdict(set)
        #: A title's words may all be too common to be looked for: a copy is found by the whole of it.
        self._stories_titled: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._items)

    @property
    def indexed(self) -> int:
        """How many tokens, addresses and titles the index knows."""
        return len(self._stories_with) + len(self._story_at) + len(self._stories_titled)

    def add(self, story: str, traits: Traits) -> None:
        """Add an item to a story, which is opened where it is new."""
        profile = Profile(traits, self._subject)
        kept = self._items.setdefault(story, [])
        if traits.url:
            self._story_at[traits.url] = story
            self._addresses[story].add(traits.url)
        if len(kept) < _ITEMS:
            kept.append(profile)
            for token in _indexed(profile):
                self._stories_with.setdefault(token, {})[story] = None
            self._stories_titled.setdefault(traits.title, {})[story] = None

    def close(self, story: str) -> None:
        """Forget a story: nothing joins it any more."""
        for address in self._addresses.pop(story, ()):
            if self._story_at.get(address) == story:
                del self._story_at[address]
        for profile in self._items.pop(story, ()):
            for token in _indexed(profile):
                _take_out(story, self._stories_with, token)
            _take_out(story, self._stories_titled, profile.traits.title)

    def find(self, traits: Traits, *, meaning: Meaning = nearness) -> Joined | None:
        """Return the story that an item joins; None where it opens one of its own."""
        profile = Profile(traits, self._subject)
        at_address = self._story_at.get(traits.url)
        if at_address is not None and self._is_open(at_address, profile):
            return Joined(at_address, SAME_ADDRESS, is_copy=True)
        near, across = self._candidates(profile)
        found = self._likeliest(near, profile, meaning)
        if found is None or found.verdict.probability < _SURE:
            stories = self._worth_asking(across, profile)
            return self._likeliest(stories, profile, meaning, found)
        return found

    def _candidates(self, profile: Profile) -> tuple[list[str], list[str]]:
        """Return the stories that share most: of the item's own language, and of the other."""
        shared: defaultdict[str, float] = defaultdict(float)
        for token in _indexed(profile):
            stories = self._stories_with.get(token)
            if stories is not None and len(stories) <= _COMMON:
                worth = rarity(token)
                for story in stories:
                    shared[story] += worth
        near = [(worth, story) for story, worth in shared.items() if worth >= _LEAST]
        near.sort(reverse=True)
        titled = [each for each in self._stories_titled.get(profile.traits.title, ()) if self._is_open(each, profile)]
        own: list[str] = titled[-_CANDIDATES:]
        others: list[str] = []
        for _, story in near[:_LOOKED_AT]:
            found, most = (others, _ACROSS) if is_across(self._items[story][0], profile) else (own, _CANDIDATES)
            if len(found) < most and self._is_open(story, profile) and story not in titled:
                found.append(story)
        return own, others

    def _likeliest(
        self, stories: Iterable[str], profile: Profile, meaning: Meaning, best: Joined | None = None
    ) -> Joined | None:
        for story in stories:
            for item in self._items[story]:
                verdict = judge(item, profile, caution=self._caution, meaning=meaning)
                if verdict.same and (best is None or verdict.probability > best.verdict.probability):
                    best = Joined(story, verdict, is_copy(profile, item))
        return best

    def _worth_asking(self, stories: Iterable[str], profile: Profile) -> list[str]:
        """Return the few stories of the other language for which the encoder is worth its time."""
        guesses = ((guess(self._items[story][0], profile), story) for story in stories)
        return [story for likely, story in nlargest(_ASKED, guesses) if likely >= _UNLIKELY]

    def _is_open(self, story: str, profile: Profile) -> bool:
        return abs(profile.traits.published - self._items[story][0].traits.published) <= self._window_s


def _take_out(story: str, index: dict[str, dict[str, None]], token: str) -> None:
    stories = index.get(token, {})
    stories.pop(story, None)
    if not stories:
        index.pop(token, None)


def _indexed(profile: Profile) -> set[str]:
    return profile.tokens | profile.events
