"""A policy in words, for those who ask when the alerts of a watchlist come. Pure."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Iterator

from monitor.stories.policy import Policy, span


def in_words(policy: Policy) -> str:
    """Say when alerts are sent: "daily digest at 08:00, quiet 22:00-07:00 (Asia/Shanghai)"."""
    return ", ".join(_parts(policy)) + (f" ({policy.time_zone})" if _is_local(policy) else "")


def _parts(policy: Policy) -> Iterator[str]:
    yield _sent(policy)
    if policy.quiet:
        yield "quiet " + " and ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in policy.quiet)
    if policy.rate:
        count, per_s = policy.rate
        yield f"at most {count} in {span(per_s)}"
    if policy.min_sources > 1:
        yield f"from {policy.min_sources} sources on"
    if not policy.updates:
        yield "without updates"
    if not policy.high_passes and (policy.send != "immediate" or policy.quiet or policy.rate):
        yield "of high severity too"


def _sent(policy: Policy) -> str:
    match policy.send:
        case "immediate":
            return "at once"
        case "hourly":
            return "hourly digest"
        case "daily":
            return f"daily digest at {policy.at:%H:%M}"
        case "weekly":
            return f"weekly digest on {day_name[policy.weekday]} at {policy.at:%H:%M}"


def _is_local(policy: Policy) -> bool:
    return policy.send in ("daily", "weekly") or bool(policy.quiet)
