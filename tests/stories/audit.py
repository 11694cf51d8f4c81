"""A watchlist's stories with the accounts kept beside: what each channel is owed, what it got, and when.

Knows of the policies only what a reader would say of them, in words of its own: it decides nothing as `policy` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from monitor.model import Item
from monitor.stories.policy import Policy
from monitor.stories.release import Digest
from monitor.stories.tell import HIGH, Step, Telling
from tests.stories.book import Book

#: Fates of an item on one channel that are no alert.
SILENT, HELD = "joined in silence", "held"
#: A digest of so many stories, or more, goes on in a second part.
PART = 100


@dataclass(frozen=True, slots=True)
class Sent:
    """One alert on one channel."""

    at: datetime
    channel: str
    #: "first", "update" or "digest".
    kind: str
    tellings: tuple[Telling, ...]

    @property
    def has_high(self) -> bool:
        """Whether anything of it may go past digests, quiet hours and the rate."""
        return any(each.story.severity == HIGH for each in self.tellings)


@dataclass
class Audited(Book):
    """A book in which every item has a fate on every channel, and every alert an item that it was owed for."""

    sent: list[Sent] = field(default_factory=list)
    #: By channel and item, how the item ended there.
    fates: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Keys of all that arrived.
    seen: set[str] = field(default_factory=set)
    #: Items that a channel is still to be told of, by story and channel.
    _owed: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    #: Of each story, by its own account: outlets and terms.
    _outlets: dict[str, set[str]] = field(default_factory=dict)
    _terms: dict[str, set[str]] = field(default_factory=dict)
    _arriving: tuple[Item, frozenset[str]] | None = None

    def arrive(self, item: Item, *, now: datetime | None = None, **given: Any) -> Step:
        """Let an item arrive."""
        self.seen.add(item.key)
        self._arriving = item, frozenset(given.get("terms", ("Meta",)))
        try:
            return super().arrive(item, now=now, **given)
        finally:
            self._arriving = None

    def apply(self, step: Step, digests: tuple[Digest, ...], now: datetime) -> None:
        """Enter what was decided into the accounts."""
        touched = {record.story.id for record in step.records}
        if self._arriving is not None and step.records:
            self._owe(step, *self._arriving)
        super().apply(step, digests, now)
        for telling in step.tellings:
            self._pay((telling,), telling.channel, "update" if telling.is_update else "first", now)
        for digest in digests:
            self._pay(digest.tellings, digest.channel, "digest", now)
        for unsent in step.unsent:
            assert unsent.reason
            self._settle(unsent.channel, unsent.story.id, f"not sent: {unsent.reason}")
        for story in touched:
            held = self.shelf.records[story].held.keys()
            assert held == self._owed.get(story, {}).keys(), "what is owed is held"

    def _owe(self, step: Step, item: Item, terms: frozenset[str]) -> None:
        (record,) = step.records
        story = record.story.id
        is_news = self._is_news(step, story, item, terms)
        before = self.shelf.records.get(story)
        for channel, policy in self.rules.policies.items():
            was_told = before is not None and channel in before.told and channel not in before.held
            if is_news and (not was_told or policy.updates):
                self._owed.setdefault(story, {}).setdefault(channel, []).append(item.key)
                self.fates[channel, item.key] = HELD
            else:
                self.fates.setdefault((channel, item.key), SILENT)

    def _is_news(self, step: Step, story: str, item: Item, terms: frozenset[str]) -> bool:
        outlets, known = self._outlets.setdefault(story, set()), self._terms.setdefault(story, set())
        is_new = item.source not in outlets
        grown = is_new and (len(outlets) in self.rules.steps or item.source.casefold() in self.rules.preferred)
        is_news = step.what in ("opened", "changed") or grown or bool(terms - known)
        known |= terms
        if step.what != "changed":
            outlets.add(item.source)
        return is_news

    def _pay(self, tellings: tuple[Telling, ...], channel: str, kind: str, now: datetime) -> None:
        assert tellings, "an alert tells of something"
        for telling in tellings:
            shown = {entry.item.key for entry in telling.story.items}
            assert shown, "a story is told by its items"
            assert shown <= self.seen
            self._settle(channel, telling.story.id, kind)
        self.sent.append(Sent(now, channel, kind, tellings))

    def _settle(self, channel: str, story: str, fate: str) -> None:
        """Nothing is told, or closed, that is not owed; so nothing is told twice."""
        for key in self._owed[story].pop(channel):
            self.fates[channel, key] = fate

    def totals(self) -> Counter[str]:
        """Count the fates."""
        return Counter(fate.partition(":")[0] for fate in self.fates.values())


def check(sent: Iterable[Sent], policy: Policy, *, jumps: Mapping[date, timedelta]) -> None:
    """Hold the alerts of one channel, in order, against what its policy says; `jumps`: clocks that skip their time."""
    told: set[str] = set()
    updated: dict[str, datetime] = {}
    times: list[datetime] = []
    days: list[date] = []
    previous: Sent | None = None
    for alert in sent:
        local = alert.at.astimezone(policy.zone)
        passes = alert.has_high and policy.high_passes
        if not passes:
            was_muted = any(telling.held == "it was muted" for telling in alert.tellings)
            _check_hours(local, policy, jumps.get(local.date(), timedelta()), is_put_off=was_muted)
            if policy.rate is not None:
                count, per_s = policy.rate
                lately = [at for at in times if at > alert.at - timedelta(seconds=per_s)]
                assert len(lately) < count, f"more than {count} at {local}"
            if policy.send in ("daily", "weekly") and policy.rate is None and not policy.quiet:
                goes_on = previous is not None and previous.at == alert.at and len(previous.tellings) >= PART
                assert goes_on or local.date() not in days, "one digest a day"
                days.append(local.date())
        previous = alert
        times = [*times, alert.at][-20:]
        for telling in alert.tellings:
            name = telling.story.id
            if name not in told:
                assert telling.story.sources_total >= policy.min_sources
            else:
                assert telling.is_update, "a story is new once"
                assert policy.updates
            if telling.is_update:
                gap = timedelta(seconds=policy.update_gap_s)
                assert name not in updated or alert.at - updated[name] >= gap
                updated[name] = alert.at
            told.add(name)


def _check_hours(local: datetime, policy: Policy, jump: timedelta, *, is_put_off: bool) -> None:
    """What does not pass comes at the digest's local time, or when what put that off is over; never in quiet hours."""
    for start, end in policy.quiet:
        wall = local.time()
        assert not ((start <= wall < end) if start < end else (wall >= start or wall < end)), f"quiet at {local}"
    if policy.send == "immediate" or policy.quiet or policy.rate is not None or is_put_off:
        return
    assert not local.fold, "of a time that comes twice, the first"
    due = datetime.combine(local.date(), policy.at) + jump
    if policy.send == "hourly":
        due = due.replace(hour=local.hour, minute=0)
    late = local.replace(tzinfo=None) - due
    assert timedelta() <= late < timedelta(seconds=2), f"{policy.send} digest at {local}"
    assert policy.send != "weekly" or local.weekday() == policy.weekday
