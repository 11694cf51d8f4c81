"""Policies that give a time to digests which nobody sends: such a time would be obeyed by nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from monitor.settings.channels import Channel
from monitor.settings.locate import Key
from monitor.settings.policy import GeneralPolicySettings, PolicySettings
from monitor.settings.problems import Problem
from monitor.settings.schema import WatchlistSettings

#: Of each key, the digests that it is for.
_FOR = {"at": ("daily", "weekly"), "weekday": ("weekly",)}

#: A watchlist and one of its channels.
_Pair = tuple[WatchlistSettings, Channel]


def idle_digest_times(
    general: GeneralPolicySettings, channels: Sequence[Channel], watchlists: Sequence[WatchlistSettings]
) -> Iterator[Problem]:
    """Find the times of digests in tables under which no watchlist is sent so on any channel."""

    def send(pair: _Pair) -> str:
        watchlist, channel = pair
        own = watchlist.policy
        tables = (own.channels.get(channel.id) if own else None, channel.policy, own, general)
        return next((table.send for table in tables if table and table.send), "immediate")

    for table, key, pairs in _tables(general, channels, watchlists):
        for name, sends in _FOR.items():
            if (value := getattr(table, name)) is None:
                continue
            # What the table itself says is sense enough, though nearer tables undo it; and so is a table not used yet.
            met = {table.send, *map(send, pairs())} - {None} or {sends[0]}
            if met.isdisjoint(sends):
                wanted = " or ".join(f'"{each}"' for each in sends)
                text = f"belongs to digests that are not sent: set send = {wanted}, or leave it out"
                yield Problem(text, (*key, name), value)


def _tables(
    general: GeneralPolicySettings, channels: Sequence[Channel], watchlists: Sequence[WatchlistSettings]
) -> Iterator[tuple[PolicySettings, Key, Callable[[], Iterable[_Pair]]]]:
    """Yield each policy, where it stands, and what is sent under it."""
    known = {channel.id: channel for channel in channels}

    def pairs(of: Iterable[WatchlistSettings], only: str = "") -> Iterator[_Pair]:
        for watchlist in of:
            for name in watchlist.channels:
                if name in known and name == (only or name):
                    yield watchlist, known[name]

    yield general, ("alerts", "policy"), lambda: pairs(watchlists)
    for index, channel in enumerate(channels):
        if channel.policy:
            yield channel.policy, ("channels", index, "policy"), lambda name=channel.id: pairs(watchlists, name)  # type: ignore[misc]  # a default binds the loop's value
    for index, watchlist in enumerate(watchlists):
        if watchlist.policy:
            key = ("watchlists", index, "policy")
            yield watchlist.policy, key, lambda each=watchlist: pairs([each])  # type: ignore[misc]  # as above
            for name, table in watchlist.policy.channels.items():
                yield table, (*key, "channels", name), lambda each=watchlist, name=name: pairs([each], name)  # type: ignore[misc]  # as above
