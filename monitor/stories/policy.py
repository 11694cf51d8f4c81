"""What a reader wants to be told when, and what stands, to the verdict: now, later or never. Pure.

`decide` is asked when there is something to tell on a channel, again whenever what is held changes (a source joins),
and again at the time until which it was held. A cause that has gone lets through to the next; each of them puts off to
a time after `now`, so that asking again at each of those times comes to an end: nothing is held for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.stories.periods import Quiet, Send, next_end, quiet_end

#: What is held becomes the ordinary alert of its story, or an entry of the digest of its period.
Into = Literal["alert", "digest"]
#: `Situation.muted_until` of a mute that lasts until it is undone.
UNTIL_UNDONE = datetime.max.replace(tzinfo=UTC)

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the alerts of one watchlist are told on one channel."""

    send: Send = "immediate"
    #: Local time, and day of the week (0: Monday), at which the periods of daily and weekly digests end.
    at: time = time(8)
    weekday: int = 0
    #: IANA name of the zone of all local times.
    time_zone: str = "UTC"
    #: Hours in which nothing is sent.
    quiet: tuple[Quiet, ...] = ()
    #: Alerts in so many seconds.
    rate: tuple[int, float] | None = None
    #: Different outlets that must tell of a story before it is told.
    min_sources: int = 1
    #: Whether an alert of high severity goes past digests, quiet hours and the rate.
    high_passes: bool = True
    #: Whether what comes after a story's first alert is told.
    updates: bool = True
    update_gap_s: float = 3600.0

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What stands when a story has something to tell on a channel."""

    now: datetime
    #: "normal" or "high".
    severity: str = "normal"
    is_update: bool = False
    sources_total: int = 1
    #: Until when watchlist or channel are muted (`UNTIL_UNDONE`: no end); None where they are not.
    muted_until: datetime | None = None
    #: End of the story's window.
    closes_at: datetime
    #: When the story was last told on this channel.
    told_at: datetime | None = None
    #: When an update of it was last told on this channel.
    updated_at: datetime | None = None
    #: When alerts of the watchlist were lately sent on the channel, the oldest first.
    recent: tuple[datetime, ...] = ()
    #: When it was first held; None where it is not held, as are the three that follow.
    held_at: datetime | None = None
    #: The last `Later`: until when, as what, and why.
    due_at: datetime | None = None
    held_into: Into | None = None
    #: When what the rate holds on this channel, of any story, is due; None where it holds nothing.
    queue_at: datetime | None = None
    held_reason: str = ""

    def __post_init__(self) -> None:
        if (self.due_at is None) != (self.held_into is None):
            raise ValueError("due_at and held_into are of one Later: both are given or none")

    @property
    def is_due(self) -> bool:
        """Whether the time until which it was held has come."""
        return self.due_at is not None and self.now >= self.due_at

    @property
    def outlives(self) -> bool:
        """Whether it is held past its story's window, so that it is owed still: no wait for sources does that."""
        return self.due_at is not None and self.due_at > self.closes_at

    @property
    def was_muted(self) -> bool:
        """Whether a mute has held it last."""
        return self.held_reason.startswith("muted")


@dataclass(frozen=True, slots=True)
class Now:
    """Tell it; in words why it comes late, "" where it does not."""

    why_late: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Hold it, and decide again at a time after now; the reason is for `status`, and for the alert that comes late."""

    due_at: datetime
    reason: str
    into: Into = "alert"
    #: Whether the rate holds it: what comes next queues behind it.
    is_queued: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """Close it as not sent, for this reason."""

    reason: str


Verdict = Now | Later | Never


def decide(policy: Policy, situation: Situation) -> Verdict:
    """Decide whether to tell now, to hold, or not to tell at all."""
    held = (
        _unwanted(policy, situation)
        or _muted(policy, situation)
        or _too_few(policy, situation)
        or _too_soon(policy, situation)
    )
    if held is None and not _passes(policy, situation):
        held = _periodic(policy, situation) or _quiet(policy, situation) or _rated(policy, situation)
    return held or Now("it was muted" if situation.was_muted else situation.held_reason)


def _passes(policy: Policy, situation: Situation) -> bool:
    """Tell whether it goes past digests, quiet hours and the rate."""
    return situation.severity == "high" and policy.high_passes


def period_end(policy: Policy, now: datetime) -> datetime:
    """Return when the period of the digest ends in which `now` lies: after it; `now` itself without digests."""
    return next_end(policy.send, at=policy.at, weekday=policy.weekday, zone=policy.zone, now=now)


def _unwanted(policy: Policy, situation: Situation) -> Never | None:
    """Refuse an update where only first alerts are wanted; of a story that was not told here it is the first."""
    if situation.is_update and situation.told_at is not None and not policy.updates:
        return Never("updates are off")
    return None


def _muted(policy: Policy, situation: Situation) -> Later | Never | None:
    until = situation.muted_until
    if until is None or situation.now >= until:
        return None
    # In another zone, the last day of all may be none.
    is_endless = until.year == MAXYEAR
    reason = "muted" if is_endless else f"muted until {_shown(until, policy)}"
    into = situation.held_into or "alert"
    if into == "digest" and not (situation.is_due or situation.was_muted or _passes(policy, situation)):
        return None  # it may be over when the digest comes
    if (situation.outlives or into == "digest") and not is_endless:
        return Later(until, reason, into)
    if situation.now >= situation.closes_at:
        return Never(f"{reason}, when its story's window ended")
    return Later(min(until, situation.closes_at), reason, into)


def _too_few(policy: Policy, situation: Situation) -> Later | Never | None:
    if situation.told_at is not None or situation.sources_total >= policy.min_sources or situation.outlives:
        return None
    if situation.now >= situation.closes_at:
        return Never(f"{situation.sources_total} of {policy.min_sources} sources when its story's window ended")
    return Later(situation.closes_at, f"waiting for {policy.min_sources} sources")


def _too_soon(policy: Policy, situation: Situation) -> Later | None:
    if not situation.is_update or situation.updated_at is None:
        return None
    digest = None if _passes(policy, situation) else _periodic(policy, situation)
    comes_at = digest.due_at if digest else situation.now
    due_at = situation.updated_at + timedelta(seconds=policy.update_gap_s)
    return Later(due_at, f"one update in {span(policy.update_gap_s)}") if comes_at < due_at else None


def _periodic(policy: Policy, situation: Situation) -> Later | None:
    """Hold for the digest of this period, unless it was held for one that is due: under a mute, whenever that ends."""
    in_digest = situation.held_into == "digest"
    if policy.send == "immediate" or (in_digest and (situation.is_due or situation.was_muted)):
        return None
    due_at = period_end(policy, situation.now)
    if in_digest and situation.due_at is not None:  # put off past the end of its period: not to the next one again
        due_at = min(due_at, situation.due_at)
    return Later(due_at, f"{policy.send} digest", "digest")


def _quiet(policy: Policy, situation: Situation) -> Later | None:
    end = quiet_end(policy.quiet, zone=policy.zone, now=situation.now) if policy.quiet else None
    if end is None:
        return None
    return Later(end, f"quiet hours until {end.astimezone(policy.zone):%H:%M}", _into(policy))


def _rated(policy: Policy, situation: Situation) -> Later | None:
    if policy.rate is None:
        return None
    count, per_s = policy.rate
    window = timedelta(seconds=per_s)
    lately = [at for at in situation.recent if at > situation.now - window]
    # A steady flow must not take each free slot before what waits for one: it goes along with it.
    behind = situation.queue_at if not situation.is_due else None
    if behind is None and len(lately) < count:
        return None
    alerts = "1 alert" if count == 1 else f"{count} alerts"
    due_at = behind or lately[-count] + window
    return Later(due_at, f"no more than {alerts} in {span(per_s)}", _into(policy), is_queued=True)


def _into(policy: Policy) -> Into:
    """Say what a thing is that quiet hours or the rate put off: in digests it has come past the end of its period."""
    return "alert" if policy.send == "immediate" else "digest"


def _shown(moment: datetime, policy: Policy) -> str:
    return f"{moment.astimezone(policy.zone):%Y-%m-%d %H:%M}"


def span(seconds: float) -> str:
    """Write a span of time in its largest unit that leaves no rest."""
    return next((f"{seconds / unit:g} {name}" for unit, name in _UNITS if seconds % unit == 0), f"{seconds:g} s")
