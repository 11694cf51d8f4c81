"""The time, and the open stories of a watchlist, to what is told of what was held: alone, or all of one time together.

Pure: it reads a shelf and changes nothing there. What it returns is committed as a whole, or decided again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace as amended

from monitor.model import Story
from monitor.stories.record import Held, Record
from monitor.stories.shelf import Shelf
from monitor.stories.tell import HIGH, Desk, Pace, Rules, Step, Telling, Unsent, paced

#: Stories that are told at once: so many can still be listed in one digest by title and address.
_MOST = 100
#: What is told on each channel, by the time at which it was due.
Due = dict[tuple[str, datetime], list[tuple[Telling, Held]]]
_NO_CHANNEL = "the watchlist has no such channel any more"
_LOOK_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Digest:
    """What one channel is told together."""

    channel: str
    #: End of its period.
    due_at: datetime
    #: The high ones first, then the earliest.
    tellings: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """What becomes of all that is due."""

    step: Step
    digests: tuple[Digest, ...]
    #: Whether all of it was decided; else the next release goes on.
    is_whole: bool


def release(shelf: Shelf, rules: Rules, *, now: datetime, anew: datetime | None = None) -> Release:
    """Say what becomes of what is due: told (its `step` has what is told alone), held on, or closed as not sent.

    `anew`: when it was asked that all that is held be decided again, since what holds it may have gone. What that lets
    out counts as due then: asked again, after a crash, it is the same digest.
    """
    records: list[Record] = []
    unsent: list[Unsent] = []
    due: Due = {}
    told_now, is_whole = 0, True
    for record in sorted(shelf.holding.values(), key=lambda each: _rank(each.story)):
        if told_now >= _MOST:
            is_whole = False  # one commit must not keep its worker from all others
            break
        # A channel that these settings lack may be back before its time comes.
        again = rules.policies.keys() if anew is not None else ()
        held = {channel: each for channel, each in record.held.items() if channel in again or each.due_at <= now}
        settled = _settled(record, held, shelf.pace, rules, now) if held else Step()
        if settled.records == (record,):
            continue  # held on as it was
        told_now += bool(settled.tellings)
        records += settled.records
        unsent += settled.unsent
        for telling in settled.tellings:
            wish = held[telling.channel]
            due_at = wish.due_at if wish.due_at <= now else min(anew or now, now)
            due.setdefault((telling.channel, due_at), []).append((telling, wish))
    alone, digests = _grouped(_as_one(due, rules))
    told = {telling.channel for telling in alone} | {digest.channel for digest in digests}
    step = Step(tuple(records), alone, tuple(unsent), paced(shelf.pace, told, rules, now))
    return Release(step, digests, is_whole)


def _rank(story: Story) -> tuple[bool, datetime, str]:
    """Put the important ones first, then the earliest."""
    return story.severity != HIGH, story.first_seen_at, story.id


def _settled(record: Record, held: Mapping[str, Held], pace: Pace, rules: Rules, now: datetime) -> Step:
    # All that is held stands here together: behind itself, none of it would ever go before its time.
    desk = Desk(record, pace, rules, now, queues={})
    for channel, wish in held.items():
        if channel in rules.policies:
            desk.settle(channel, wish)
        else:
            _put_off(desk, channel, wish, now)
    return desk.step()


def _put_off(desk: Desk, channel: str, wish: Held, now: datetime) -> None:
    """Hold on what is for a channel that these settings lack: another worker may know newer ones that have it."""
    if desk.record.closes_at <= now:
        desk.give_up(channel, _NO_CHANNEL)
    else:
        due_at = min(now + _LOOK_AGAIN, desk.record.closes_at)
        desk.hold(channel, amended(wish, due_at=due_at, reason=_NO_CHANNEL))


def _as_one(due: Due, rules: Rules) -> Due:
    """Put together all that a channel with a rate is told: one free place has let each of it through."""
    rated = {name for name, policy in rules.policies.items() if policy.rate}
    first = {name: min(at for each, at in due if each == name) for name, _ in due if name in rated}
    merged: Due = {}
    for (name, due_at), found in due.items():
        merged.setdefault((name, first.get(name, due_at)), []).extend(found)
    return merged


def _grouped(due: Due) -> tuple[tuple[Telling, ...], tuple[Digest, ...]]:
    alone: list[Telling] = []
    digests = []
    for (channel, due_at), found in due.items():
        tellings = tuple(sorted((telling for telling, _ in found), key=lambda each: _rank(each.story)))
        if len(found) == 1 and found[0][1].into == "alert":
            alone += tellings
        else:
            digests.append(Digest(channel, due_at, tellings))
    return tuple(alone), tuple(digests)
