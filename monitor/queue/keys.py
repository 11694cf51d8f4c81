"""Names of everything in Redis, and the shard each feed and watchlist belongs to. Pure.

Keys carry a hash tag, `{f03}` for feeds or `{a11}` for alerts, so that a cluster can spread the shards while everything
that one script touches stays in one slot. A feed belongs to one f-shard; a watchlist, with its alerts and their
deliveries, to one a-shard.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

#: Logical shards, however many servers there are. Never changed: it is part of every key.
SHARDS = 16


def shard_of(name: str) -> int:
    """Give the shard (0 to 15) of a feed id or watchlist id; the same on every machine and version.

    "", which stands for the watchlist of an operator's notice, is in shard 0.
    """
    return zlib.crc32(name.encode()) % SHARDS


@dataclass(frozen=True, slots=True)
class Keys:
    """Key names under one prefix."""

    prefix: str

    # Feeds: one f-shard each.

    def due(self, shard: int) -> str:
        """ZSET feed id -> next due time (ms of Redis' clock); a feed in work stands at the end of its lease."""
        return f"{self.prefix}{{f{shard:02}}}:due"

    def leases(self, shard: int) -> str:
        """HASH feed id -> token of the poll that holds it, or "=" and the token of the last one that was committed.

        A "!" behind the token of a lease: the feed's state was changed by another while it is polled.
        """
        return f"{self.prefix}{{f{shard:02}}}:leases"

    def feed(self, feed_id: str) -> str:
        """HASH of the feed's state."""
        return f"{self.prefix}{{f{shard_of(feed_id):02}}}:feed:{feed_id}"

    def known(self, feed_id: str) -> str:
        """HASH entry id -> when seen, content hash."""
        return f"{self.prefix}{{f{shard_of(feed_id):02}}}:known:{feed_id}"

    def subscriptions(self, feed_id: str) -> str:
        """HASH token -> record of a subscription at a hub."""
        return f"{self.prefix}{{f{shard_of(feed_id):02}}}:websub:{feed_id}"

    def timetable(self, shard: int) -> str:
        """ZSET `feed id/token` -> when something is due for that subscription (ms of Redis' clock)."""
        return f"{self.prefix}{{f{shard:02}}}:timetable"

    def items(self, shard: int) -> str:
        """STREAM of new items, group `matchers`."""
        return f"{self.prefix}{{f{shard:02}}}:items"

    def suspects(self, shard: int) -> str:
        """HASH stream id -> how often that item was tried alone."""
        return f"{self.prefix}{{f{shard:02}}}:suspects"

    def dead_items(self, shard: int) -> str:
        """STREAM of items that no matcher could handle."""
        return f"{self.prefix}{{f{shard:02}}}:dead"

    # Alerts: one a-shard for each watchlist.

    def alerted(self, watchlist_id: str) -> str:
        """ZSET item key -> when it was alerted (ms)."""
        return f"{self.prefix}{{a{shard_of(watchlist_id):02}}}:alerted:{watchlist_id}"

    def stories(self, watchlist_id: str) -> str:
        """HASH story id -> record; "=": version of all of them, "@": when each channel was lately told."""
        return f"{self.prefix}{{a{shard_of(watchlist_id):02}}}:stories:{watchlist_id}"

    def story_versions(self, watchlist_id: str) -> str:
        """ZSET story id -> version at which it was last changed."""
        return f"{self.prefix}{{a{shard_of(watchlist_id):02}}}:versions:{watchlist_id}"

    def story_turn(self, watchlist_id: str) -> str:
        """STRING: the worker whose turn it is to change the stories of a watchlist, with a time to live."""
        return f"{self.prefix}{{a{shard_of(watchlist_id):02}}}:turn:{watchlist_id}"

    def held(self, shard: int) -> str:
        """ZSET watchlist id -> when the first thing that it holds is due (ms)."""
        return f"{self.prefix}{{a{shard:02}}}:held"

    def anew(self, shard: int) -> str:
        """HASH watchlist id -> when it was asked that all that it holds be decided anew."""
        return f"{self.prefix}{{a{shard:02}}}:anew"

    def releaser(self, shard: int) -> str:
        """STRING: the matcher that lets out what this shard holds, with a time to live."""
        return f"{self.prefix}{{a{shard:02}}}:releaser"

    def unsent(self, shard: int) -> str:
        """STREAM of what was held and closed as not sent."""
        return f"{self.prefix}{{a{shard:02}}}:unsent"

    def told(self, shard: int, alert_id: str) -> str:
        """STRING: an alert as it was told, with a time to live."""
        return f"{self.prefix}{{a{shard:02}}}:told:{alert_id}"

    def alerts(self, shard: int) -> str:
        """STREAM of alerts, group `notifiers`."""
        return f"{self.prefix}{{a{shard:02}}}:alerts"

    def delivery(self, shard: int, delivery_id: str) -> str:
        """HASH: one delivery with its body."""
        return f"{self.prefix}{{a{shard:02}}}:delivery:{delivery_id}"

    def outbox(self, shard: int, channel_id: str) -> str:
        """ZSET delivery id -> when its next attempt is due (microseconds): all that is open on a channel."""
        return f"{self.prefix}{{a{shard:02}}}:outbox:{channel_id}"

    def channels(self, shard: int) -> str:
        """SET of the channels that ever had an outbox in this shard."""
        return f"{self.prefix}{{a{shard:02}}}:channels"

    def owner(self, shard: int) -> str:
        """STRING: the notifier that sends this shard's deliveries, with a time to live."""
        return f"{self.prefix}{{a{shard:02}}}:owner"

    def outcomes(self, shard: int) -> str:
        """HASH `channel outcome` -> count since the beginning."""
        return f"{self.prefix}{{a{shard:02}}}:outcomes"

    def dead_deliveries(self, shard: int) -> str:
        """STREAM of deliveries given up."""
        return f"{self.prefix}{{a{shard:02}}}:dead"

    def told_pattern(self, beginning: str) -> str:
        """Give the pattern, as SCAN reads it, of the alerts whose ids begin so."""
        prefix = re.sub(r"[][*?^\\-]", r"\\\g<0>", self.prefix)
        return f"{prefix}{{a??}}:told:{beginning}*"

    def feedback(self, watchlist_id: str) -> str:
        """HASH alert id -> what a reader said of it."""
        return f"{self.prefix}{{a{shard_of(watchlist_id):02}}}:feedback:{watchlist_id}"

    def feedback_times(self, watchlist_id: str) -> str:
        """ZSET alert id -> when it was said (ms)."""
        return f"{self.prefix}{{a{shard_of(watchlist_id):02}}}:feedback_times:{watchlist_id}"

    def feedback_watchlists(self, shard: int) -> str:
        """SET of the watchlists that have feedback."""
        return f"{self.prefix}{{a{shard:02}}}:feedback"

    # One of each.

    @property
    def settings(self) -> str:
        """HASH: version, schema, origin, manifest and parts of the settings in force."""
        return f"{self.prefix}{{settings}}"

    @property
    def settings_lease(self) -> str:
        """STRING: who may publish settings, with a time to live."""
        return f"{self.prefix}{{settings}}:lease"

    @property
    def refusals(self) -> str:
        """HASH host and file -> why its settings are not in force."""
        return f"{self.prefix}{{settings}}:refusals"

    @property
    def overrides(self) -> str:
        """HASH override id -> what the service or a reader decided."""
        return f"{self.prefix}overrides"

    @property
    def workers(self) -> str:
        """HASH worker name -> its last beat."""
        return f"{self.prefix}workers"

    @property
    def held_hosts(self) -> str:
        """HASH scheme, host and port -> until when it is not to be asked."""
        return f"{self.prefix}held_hosts"

    @property
    def channel_states(self) -> str:
        """HASH channel id -> how it is doing."""
        return f"{self.prefix}channels"
