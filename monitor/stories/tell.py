"""A match, and the open stories of its watchlist, to what follows: the story that it opens or joins, and who is told.

Pure: it reads a shelf and changes nothing there. What it returns is committed as a whole, or decided again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec.structs import replace as amended

from monitor.model import AlertItem, Source, Story
from monitor.stories.gather import Joined
from monitor.stories.policy import Later, Never, Now, Policy, Situation, decide
from monitor.stories.record import VERSION, Held, Record
from monitor.stories.shelf import Shelf
from monitor.stories.traits import Traits

#: When each channel was lately told, the last at the end.
Pace = Mapping[str, tuple[datetime, ...]]

NORMAL, HIGH = "normal", "high"
#: Items of a story that a new one is compared with, reasons that are kept, and held items that are shown.
_TRAITS = 4
_REASONS = 3
_SHOWN = 5
#: How late a digest may be and still count as told at its time.
_MOMENT = timedelta(seconds=60)
#: Outlets of one story that are known by name.
_OUTLETS = 1_000
#: How long something of a story that gathers nothing may wait, seconds.
_HELD_S = 259_200.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A match on its way into a story."""

    entry: AlertItem
    source: Source
    traits: Traits
    #: Id of the story that it opens if it joins none.
    story_id: str
    #: One sentence that says why it matched.
    why: str
    severity: str
    #: Of the watchlist.
    version: str
    #: Whether its words changed since it was seen first.
    is_update: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What one watchlist says of its stories and of who is told of them."""

    #: Span in which items can join a story, seconds; 0: each item is a story of its own.
    window_s: float
    #: Numbers of outlets at which a story is told again.
    steps: tuple[int, ...]
    #: Folded names of outlets that are news in themselves.
    preferred: frozenset[str]
    #: Items that a story keeps and lists.
    most: int
    #: By channel, in the order of the settings.
    policies: Mapping[str, Policy]
    #: Until when each channel is mute for this watchlist.
    muted: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Telling:
    """What one channel is told now."""

    channel: str
    is_update: bool
    #: Of the alert in its story, from 1.
    number: int
    story: Story
    #: Why it comes late, "" where it does not.
    held: str = ""


@dataclass(frozen=True, slots=True)
class Unsent:
    """What one channel will never be told, and why."""

    channel: str
    story: Story
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from a match, or from the time: to be committed as a whole."""

    #: As they are to be kept from now on.
    records: tuple[Record, ...] = ()
    tellings: tuple[Telling, ...] = ()
    unsent: tuple[Unsent, ...] = ()
    #: Of the channels that are limited by a rate, when they were told.
    pace: Pace | None = None
    #: "opened", "joined" or "changed"; "" where the item is in its story as it is.
    what: str = ""


def arrive(shelf: Shelf, arrival: Arrival, rules: Rules, *, now: datetime) -> Step:
    """Say what follows from a match."""
    known = shelf.of_item(arrival.entry.item.key)
    if known is not None:
        return _changed(known, shelf, arrival, rules, now) if arrival.is_update else Step()
    joined = shelf.stories.find(arrival.traits) if rules.window_s else None
    if joined is None or shelf.records[joined.story].closes_at <= now:
        return _told("opened", _opened(arrival, rules, now), (), shelf, rules, now)
    record = shelf.records[joined.story]
    news = _news(record, arrival, rules)
    grown = _grown(record, arrival, joined, rules, news)
    return _told("joined", grown, (arrival.entry,) if news else (), shelf, rules, now)


def _opened(arrival: Arrival, rules: Rules, now: datetime) -> Record:
    item = arrival.entry.item
    story = Story(
        id=arrival.story_id,
        first_seen_at=item.seen_at,
        items=(arrival.entry,),
        why=arrival.why,
        sources=(arrival.source,),
        severity=arrival.severity,
    )
    return Record(
        version=VERSION,
        story=story,
        closes_at=now + timedelta(seconds=rules.window_s or _HELD_S),
        watchlist_version=arrival.version,
        keys=(item.key,),
        outlets=(arrival.source.name,),
        terms=_terms(arrival.entry),
        traits=(arrival.traits,),
    )


def _changed(record: Record, shelf: Shelf, arrival: Arrival, rules: Rules, now: datetime) -> Step:
    story = replace(
        record.story,
        news=(f"{arrival.source.name or 'the source'} changed its report",),
        severity=_higher(record.story.severity, arrival.severity),
    )
    terms = tuple(dict.fromkeys((*record.terms, *_terms(arrival.entry))))
    return _told("changed", amended(record, story=story, terms=terms), (arrival.entry,), shelf, rules, now)


def _grown(record: Record, arrival: Arrival, joined: Joined, rules: Rules, news: tuple[str, ...]) -> Record:
    """Return a story with one item more."""
    story, source = record.story, replace(arrival.source, is_copy=joined.is_copy)
    is_new_outlet = source.name not in record.outlets
    sources = sorted((*story.sources, source), key=lambda each: each.published_at)
    reason = "; ".join(joined.verdict.reasons)
    grown = replace(
        story,
        sources=tuple(sources[: rules.most]),
        items_total=story.items_total + 1,
        copies_total=story.copies_total + joined.is_copy,
        sources_total=story.sources_total + is_new_outlet,
        gathered=tuple(dict.fromkeys((reason, *story.gathered)))[:_REASONS],
        severity=_higher(story.severity, arrival.severity),
        news=news,
    )
    return amended(
        record,
        story=grown,
        keys=(*record.keys, arrival.entry.item.key)[-rules.most :],
        outlets=(*record.outlets, source.name)[:_OUTLETS] if is_new_outlet else record.outlets,
        terms=tuple(dict.fromkeys((*record.terms, *_terms(arrival.entry)))),
        traits=(*record.traits, arrival.traits)[:_TRAITS],
    )


def _news(record: Record, arrival: Arrival, rules: Rules) -> tuple[str, ...]:
    """Return, in words, what makes another item worth an update."""
    name = arrival.source.name
    is_new_outlet = name not in record.outlets
    news = []
    if is_new_outlet and record.story.sources_total in rules.steps:
        news.append(f"now {record.story.sources_total + 1} sources")
    if is_new_outlet and name.casefold() in rules.preferred:
        news.append(f"{name} reports it too")
    if added := [term for term in _terms(arrival.entry) if term not in record.terms]:
        news.append(f"new words: {', '.join(added)}")
    return tuple(news)


def _higher(*severities: str) -> str:
    return HIGH if HIGH in severities else NORMAL


def _terms(entry: AlertItem) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.term for found in entry.evidence))


def _told(what: str, record: Record, items: tuple[AlertItem, ...], shelf: Shelf, rules: Rules, now: datetime) -> Step:
    """Say whom to tell of a story as it is now; `items` are its news, () where none or where it is new itself."""
    is_new = what == "opened"
    number = record.updates + 1
    # Looked for among all that is held, so only where it can matter.
    queues = shelf.queues if any(policy.rate for policy in rules.policies.values()) else {}
    desk = Desk(record, shelf.pace, rules, now, queues=queues)
    for channel, policy in rules.policies.items():
        if channel in record.held:
            wish = _fresher(record.held[channel], record.story.news, items)
            # What is due is let out together with all that is due with it: it is not for an item to tell it alone.
            (desk.hold if wish.due_at <= now else desk.settle)(channel, wish)
        elif channel in record.told and items and policy.updates:
            desk.settle(channel, _wish(True, number, record.story.news, items, now))
        elif is_new or (items and channel not in record.told):
            desk.settle(channel, _wish(False, 1, (), (), now))
    if desk.has_updated:
        desk.record = amended(desk.record, updates=number)
    return desk.step(what)


def _wish(is_update: bool, number: int, news: tuple[str, ...], items: tuple[AlertItem, ...], now: datetime) -> Held:
    return Held(is_update, number, since=now, due_at=now, reason="", into="alert", news=news, items=items)


def _fresher(held: Held, news: tuple[str, ...], items: tuple[AlertItem, ...]) -> Held:
    """Return what is held with what came since."""
    if not held.is_update:
        return held
    return amended(held, news=tuple(dict.fromkeys((*held.news, *news))), items=(*items, *held.items)[:_SHOWN])


class Desk:
    """Decides for one story, channel by channel, and gathers what follows."""

    def __init__(
        self, record: Record, pace: Pace, rules: Rules, now: datetime, *, queues: Mapping[str, datetime]
    ) -> None:
        self.record = record
        self._pace = pace
        #: By channel, when what the rate holds there is due; nothing where what is decided is of it.
        self._queues = queues
        self._rules = rules
        self._now = now
        self._tellings: list[Telling] = []
        self._unsent: list[Unsent] = []

    @property
    def has_updated(self) -> bool:
        """Whether an update was decided here, told now or held with a fresh number."""
        fresh = self.record.updates + 1
        told = any(each.is_update and each.number == fresh for each in self._tellings)
        return told or any(held.is_update and held.number == fresh for held in self.record.held.values())

    def settle(self, channel: str, wish: Held) -> None:
        """Decide what becomes of what a channel is to be told."""
        match decide(self._rules.policies[channel], self._situation(channel, wish)):
            case Now(why_late):
                self._tell(channel, wish, why_late)
            case Later(due_at, reason, into, is_queued):
                self.hold(channel, amended(wish, due_at=due_at, reason=reason, into=into, is_queued=is_queued))
            case Never(reason):
                self.give_up(channel, reason)

    def hold(self, channel: str, wish: Held) -> None:
        """Keep what a channel is to be told."""
        self.record = amended(self.record, held={**self.record.held, channel: wish})

    def give_up(self, channel: str, reason: str) -> None:
        """Close what is held for a channel as not sent."""
        self._unsent.append(Unsent(channel, self.record.story, reason))
        self._let_go(channel)

    def step(self, what: str = "") -> Step:
        """Return all that was decided."""
        told = {telling.channel for telling in self._tellings}
        pace = paced(self._pace, told, self._rules, self._now)
        record = amended(self.record, story=replace(self.record.story, news=()))
        return Step((record,), tuple(self._tellings), tuple(self._unsent), pace, what)

    def _tell(self, channel: str, wish: Held, why_late: str) -> None:
        story = self.record.story
        shown = replace(story, news=wish.news, items=(*wish.items, *story.items))
        self._tellings.append(Telling(channel, wish.is_update, wish.number, shown, why_late))
        self._let_go(channel)
        self.record = amended(self.record, told={**self.record.told, channel: self._now})
        if wish.is_update:
            # The next hourly digest is an hour off, though this one comes a moment after its time.
            at = max(wish.due_at, self._now - _MOMENT) if wish.into == "digest" else self._now
            self.record = amended(self.record, updated={**self.record.updated, channel: min(at, self._now)})

    def _let_go(self, channel: str) -> None:
        held = {name: each for name, each in self.record.held.items() if name != channel}
        self.record = amended(self.record, held=held)

    def _situation(self, channel: str, wish: Held) -> Situation:
        was_held = channel in self.record.held
        return Situation(
            now=self._now,
            severity=self.record.story.severity,
            is_update=wish.is_update,
            sources_total=self.record.story.sources_total,
            muted_until=self._rules.muted.get(channel),
            closes_at=self.record.closes_at,
            told_at=self.record.told.get(channel),
            updated_at=self.record.updated.get(channel),
            recent=self._pace.get(channel, ()),
            held_at=wish.since if was_held else None,
            due_at=wish.due_at if was_held else None,
            held_into=wish.into if was_held else None,
            held_reason=wish.reason,
            queue_at=self._queues.get(channel),
        )


def paced(pace: Pace, told: Iterable[str], rules: Rules, now: datetime) -> Pace | None:
    """Return when each channel was told, now included; None where nothing of it need be kept."""
    fresh = {}
    for channel in told:
        if channel in rules.policies and (rate := rules.policies[channel].rate) is not None:
            count, per_s = rate
            recent = [at for at in pace.get(channel, ()) if at > now - timedelta(seconds=per_s)]
            fresh[channel] = (*recent, now)[-count:]
    return {**pace, **fresh} if fresh else None
