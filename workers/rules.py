"""One version of the settings as a matcher works by it: watchlists compiled, and who is told of their stories, and how.

Compiled beside the version before it, of which it keeps what is alike.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from monitor.model import Item, Watchlist
from monitor.settings import schema
from monitor.settings.bulk import without_collector
from monitor.settings.channels import Channel, MailSettings
from monitor.stories.lexicon import Finder, name_finder
from monitor.stories.policy import Policy
from monitor.stories.tell import HIGH, NORMAL
from monitor.stories.tell import Rules as StoryRules
from monitor.watchlists.compile import Compiled, compile_watchlists
from monitor.watchlists.match import find_matches
from monitor.watchlists.recompile import recompile
from workers.policies import high_of, policy_of
from workers.stationery import Stationery
from workers.wiring import Entities, watchlist_of

_PLAIN = Stationery()


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that one version of the settings says of matching, of stories and of what an alert looks like."""

    #: By id.
    watchlists: Mapping[str, Watchlist]
    #: What they are made of.
    entries: Mapping[str, schema.WatchlistSettings]
    entities: Entities
    compiled: Compiled
    channels: Mapping[str, Channel]
    mail: MailSettings
    alerts: schema.AlertsSettings
    stories: schema.StoriesSettings
    sources: schema.SourcesSettings
    #: Of the names by which stories are gathered.
    names: Finder
    stationery: Stationery = _PLAIN
    #: Filled as they are asked for: few watchlists have a match under one version.
    _stories: dict[str, StoryRules] = field(default_factory=dict)
    _high: dict[str, Compiled] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: schema.Settings, previous: Rules | None = None, *, stationery: Stationery = _PLAIN) -> Rules:
        """Compile the settings' watchlists, those that `previous` has alike not again. Raises WatchlistError."""
        with without_collector():
            entries = {each.id: each for each in settings.watchlists if each.enabled}
            watchlists = dict(_watchlists(entries, settings.entities, previous))
            every = list(watchlists.values())
            compiled = recompile(previous.compiled, every) if previous else compile_watchlists(every)
            rules = cls(
                watchlists=watchlists,
                entries=entries,
                entities=settings.entities,
                compiled=compiled,
                channels={each.id: each for each in settings.channels},
                mail=settings.mail,
                alerts=settings.alerts,
                stories=settings.stories,
                sources=settings.sources,
                names=name_finder(settings.entities),
                stationery=stationery,
            )
            # They live until the next version: the collector would walk millions of objects, again and again.
            gc.freeze()
            return rules

    def of_stories(self, watchlist_id: str) -> StoryRules:
        """Return how the stories of a watchlist are gathered, and told on each of its channels."""
        if watchlist_id not in self._stories:
            self._stories[watchlist_id] = StoryRules(
                window_s=self.stories.window,
                steps=self.stories.update_at,
                preferred=frozenset(name.casefold() for name in self.sources.preferred),
                most=self.stories.max_sources,
                policies=self._policies(watchlist_id),
                muted={},
            )
        return self._stories[watchlist_id]

    def severity(self, item: Item, watchlist_id: str) -> str:
        """Return how much a match of a watchlist matters: "high" where its title says so."""
        high = high_of(self.alerts, self.entries[watchlist_id], self.entities)
        if high is None:
            return NORMAL
        if high.query not in self._high:
            self._high[high.query] = compile_watchlists([high])
        # Of the title alone: what a text says at its end makes no headline.
        return HIGH if find_matches(replace(item, summary="", content=""), self._high[high.query]) else NORMAL

    def _policies(self, watchlist_id: str) -> dict[str, Policy]:
        """Return the policies of a watchlist's channels; one that is gone from the settings has none."""
        entry = self.entries.get(watchlist_id)
        known = (self.channels[each] for each in entry.channels if each in self.channels) if entry else ()
        return {channel.id: policy_of(self.alerts, entry, channel) for channel in known} if entry else {}


def _watchlists(
    entries: Mapping[str, schema.WatchlistSettings], entities: Entities, previous: Rules | None
) -> Iterator[tuple[str, Watchlist]]:
    """Yield the watchlists by id; of an entry that is as it was, the same object, which knows its version."""
    if previous is None or previous.entities != entities:
        for name, entry in entries.items():
            yield name, watchlist_of(entry, entities)
        return
    for name, entry in entries.items():
        before = previous.entries.get(name)
        is_same = before is entry or before == entry
        yield name, previous.watchlists[name] if is_same else watchlist_of(entry, previous.entities)
