"""The open stories of a watchlist, and a new item, to the story that it joins: candidates by index, then similarity.

An index from tokens to the stories that have them finds the few that share most; only with those is the item compared.
Pure and synchronous: the stories' items are given to it, and it keeps what it needs of them in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest

from monitor.stories.meaning import nearness
from monitor.stories.profile import Profile
from monitor.stories.rarity import rarity
from monitor.stories.similar import CAUTION, Meaning, Verdict, judge
from monitor.stories.traits import Traits

#: Stories that an item is compared with.
_CANDIDATES = 6
#: Items of one story that are kept for comparison: its first, and those that say most.
_ITEMS = 4
#: Rarity that a candidate must share: two words that one item of a hundred has, or one rare name.
_LEAST = 8.0
#: Tokens of so many stories tell none of them from the others.
_COMMON = 60


@dataclass(frozen=True, slots=True)
class Joined:
    """The story that an item joins."""

    story: str
    verdict: Verdict


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

    def __len__(self) -> int:
        return len(self._items)

    @property
    def indexed(self) -> int:
        """How many tokens the index knows."""
        return len(self._stories_with)

    def add(self, story: str, traits: Traits) -> None:
        """Add an item to a story, which is opened where it is new."""
        profile = Profile(traits, self._subject)
        kept = self._items.setdefault(story, [])
        if traits.url:
            self._story_at[traits.url] = story
        if len(kept) < _ITEMS:
            kept.append(profile)
            for token in _indexed(profile):
                self._stories_with.setdefault(token, {})[story] = None

    def close(self, story: str) -> None:
        """Forget a story: nothing joins it any more."""
        for profile in self._items.pop(story, ()):
            if self._story_at.get(profile.traits.url) == story:
                del self._story_at[profile.traits.url]
            for token in _indexed(profile):
                stories = self._stories_with.get(token, {})
                stories.pop(story, None)
                if not stories:
                    self._stories_with.pop(token, None)

    def find(self, traits: Traits, *, meaning: Meaning = nearness) -> Joined | None:
        """Return the story that an item joins; None where it opens one of its own."""
        profile = Profile(traits, self._subject)
        best: Joined | None = None
        for story in self._candidates(profile):
            for item in self._items[story]:
                verdict = judge(item, profile, caution=self._caution, meaning=meaning)
                if verdict.same and (best is None or verdict.probability > best.verdict.probability):
                    best = Joined(story, verdict)
            if best is not None and best.verdict.probability == 1:
                break
        return best

    def _candidates(self, profile: Profile) -> Iterator[str]:
        """Yield the stories to compare with: the one at the same address, then those that share most."""
        at_address = self._story_at.get(profile.traits.url)
        if at_address in self._items:
            yield at_address
        shared: defaultdict[str, float] = defaultdict(float)
        for token in _indexed(profile):
            stories = self._stories_with.get(token)
            if stories is not None and len(stories) <= _COMMON:
                worth = rarity(token)
                for story in stories:
                    shared[story] += worth
        near = nlargest(_CANDIDATES, ((worth, story) for story, worth in shared.items() if worth >= _LEAST))
        yield from (story for _, story in near if self._is_open(story, profile))

    def _is_open(self, story: str, profile: Profile) -> bool:
        return abs(profile.traits.published - self._items[story][0].traits.published) <= self._window_s


def _indexed(profile: Profile) -> set[str]:
    return profile.tokens | profile.events
