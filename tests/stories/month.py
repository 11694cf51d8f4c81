"""A month of a watchlist: reports, copies, bursts and changes, and readers who mute, undo and edit.

October 2026: clocks jump in Sydney on the 4th (half past two does not exist), and are set back in Berlin on the 25th
(half past two comes twice).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from monitor.model import Item
from monitor.stories.policy import UNTIL_UNDONE, Policy
from tests.stories.audit import HELD, Audited, Sent, check
from tests.stories.book import rules

START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 31
#: How late whoever looks after what is held may look.
LATE = timedelta(seconds=1)
#: How long reports are copied and changed.
_TALKED_OF = timedelta(hours=60)
NIGHT = ((time(22), time(7)),)

POLICIES = {
    "now": Policy(),
    "firsts": Policy(updates=False, quiet=NIGHT, time_zone="Europe/Berlin"),
    "hourly": Policy(send="hourly", time_zone="Asia/Kolkata"),
    "berlin": Policy(send="daily", at=time(2, 30), time_zone="Europe/Berlin"),
    "sydney": Policy(send="daily", at=time(2, 30), time_zone="Australia/Sydney", high_passes=False),
    "weekly": Policy(send="weekly", weekday=2, time_zone="America/New_York"),
    "rated": Policy(rate=(3, 3600.0), high_passes=False),
    "sure": Policy(min_sources=3),
    "all": Policy(
        send="daily",
        at=time(6),
        quiet=NIGHT,
        rate=(2, 86400.0),
        min_sources=2,
        time_zone="Asia/Shanghai",
    ),
}
#: Local times that do not exist are the moment of the jump.
_JUMPS = {"sydney": {date(2026, 10, 4): timedelta(minutes=30)}}
#: From when (days) to when each of these is mute; None: until it is undone, which nobody does.
_MUTES: dict[str, tuple[float, float | None]] = {"now": (2.3, 3.8), "berlin": (10.1, 12.6), "weekly": (24.2, None)}
#: Mute until it is undone, and undone on day 16.5; taken from the watchlist on day 27.
_UNDONE, _REMOVED = ("hourly", 15.2, 16.5), ("rated", 27.0)
_SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]


@dataclass(frozen=True, slots=True)
class Report:
    """An item on its way, with its evidence and how much it matters."""

    item: Item
    terms: tuple[str, ...] = ("Meta",)
    severity: str = "normal"


def live(seed: int, *, a_day: int, names: tuple[str, ...]) -> Audited:
    """Let a watchlist with these channels live through the month, and until nothing is held; check each decision."""
    book = Audited(rules({name: POLICIES[name] for name in names}, preferred=frozenset({"reuters"})))
    acts = list(_acts(names))
    for number, report in enumerate(reports(Random(seed), a_day)):
        now = report.item.published_at
        while acts and acts[0][0] <= now:
            _act(book, *acts.pop(0))
        book.pass_time(now, late=LATE)
        book.arrive(report.item, now=now, terms=report.terms, severity=report.severity)
        if number % 25 == 0:
            _check_due(book, now)
    _finish(book, names)
    return book


def _finish(book: Audited, names: tuple[str, ...]) -> None:
    held = {key for key, fate in book.fates.items() if fate == HELD}
    assert bool(held) == (book.shelf.due_at is not None), "what is held has a time at which it is due"
    book.pass_time(START + timedelta(days=DAYS + 15), late=LATE)
    assert book.shelf.due_at is None, "nothing is held for ever"
    assert HELD not in book.fates.values()
    assert {key for _, key in book.fates} == book.seen, "every item has a fate"
    for name in names:
        check(_on(book, name), POLICIES[name], jumps=_JUMPS.get(name, {}))
        _check_mutes(book, name)


def _on(book: Audited, name: str) -> list[Sent]:
    return [each for each in book.sent if each.channel == name]


def _check_due(book: Audited, now: datetime) -> None:
    for record in book.shelf.holding.values():
        for held in record.held.values():
            assert held.reason
            assert now - LATE < held.due_at <= max(now, record.closes_at) + timedelta(days=8)


def _check_mutes(book: Audited, name: str) -> None:
    since, until = _MUTES.get(name, (0.0, 0.0)) if name != _UNDONE[0] else _UNDONE[1:]
    muted = (_day(since), UNTIL_UNDONE if until is None else _day(until))
    assert not [each for each in _on(book, name) if muted[0] <= each.at < muted[1]]


def _day(number: float) -> datetime:
    return START + timedelta(days=number)


def _acts(names: tuple[str, ...]) -> Iterator[tuple[datetime, str, datetime | None]]:
    """Yield what readers do, in order: a channel muted until then, None for one that is undone or removed."""
    acts: list[tuple[datetime, str, datetime | None]] = [
        (_day(since), name, UNTIL_UNDONE if until is None else _day(until)) for name, (since, until) in _MUTES.items()
    ]
    name, since, until = _UNDONE
    acts += [(_day(since), name, UNTIL_UNDONE), (_day(until), name, None), (_day(_REMOVED[1]), _REMOVED[0], None)]
    yield from sorted((each for each in acts if each[1] in names), key=lambda each: each[0])


def _act(book: Audited, at: datetime, channel: str, muted_until: datetime | None) -> None:
    book.pass_time(at, late=LATE)
    if channel == _REMOVED[0]:
        policies = {name: policy for name, policy in book.rules.policies.items() if name != channel}
        book.rules = replace(book.rules, policies=policies)
        return
    muted = {name: until for name, until in book.rules.muted.items() if name != channel}
    book.rules = replace(book.rules, muted=muted if muted_until is None else {**muted, channel: muted_until})
    if muted_until is None:
        book.release(at, anew=at)


def reports(rng: Random, a_day: int) -> Iterator[Report]:
    """Make the reports of a month, in order of time: so many a day."""
    recent: deque[Report] = deque(maxlen=3 * a_day)
    burst: list[Report] = []
    for day in range(DAYS):
        for at in sorted(rng.uniform(0, 86400) for _ in range(a_day)):
            now = START + timedelta(days=day, seconds=at)
            while recent and now - recent[0].item.published_at > _TALKED_OF:
                recent.popleft()
            if recent and rng.random() < 0.01:  # everybody copies this one
                burst = [rng.choice(recent)] * 24
            report = _copied(rng, burst.pop(), now) if burst else _made(rng, recent, now)
            recent.append(report)
            yield report


def _made(rng: Random, recent: Sequence[Report], now: datetime) -> Report:
    kind = rng.random()
    if kind < 0.55 or not recent:
        return Report(_first(rng, now), severity="high" if rng.random() < 0.05 else "normal")
    of = rng.choice(recent)
    if kind < 0.85:
        return _copied(rng, of, now)
    if kind < 0.9:
        return replace(_copied(rng, of, now), terms=("Meta", f"Rivos {rng.randrange(9)}"))
    if kind < 0.94:
        return Report(replace(_copied(rng, of, now).item, source="Reuters"))
    if kind < 0.98:
        changed = replace(of.item, title=f"{of.item.title}: update {rng.randrange(99)}", published_at=now)
        return replace(of, item=replace(changed, is_update=True))
    return replace(of, item=replace(of.item, published_at=now))  # found once more


def _first(rng: Random, now: datetime) -> Item:
    words = ["".join(rng.choices(_SYLLABLES, k=3)) for _ in range(7)]
    key = f"{rng.getrandbits(128):032x}"
    return Item(
        key, "f", f"https://a.example/{key}", f"Meta {' '.join(words)}", "", "", _outlet(rng), "", now, now, "en"
    )


def _copied(rng: Random, of: Report, now: datetime) -> Report:
    key = f"{rng.getrandbits(128):032x}"
    item = replace(of.item, key=key, url=f"https://a.example/{key}", source=_outlet(rng))
    return Report(replace(item, published_at=now, seen_at=now, is_update=False), of.terms)


def _outlet(rng: Random) -> str:
    return f"Outlet {rng.randrange(300)}"
