"""`rsshub://route`, an address on whichever RSSHub answers: which instance to ask, and which when that one fails. Pure.

The first instance in the settings is the best. Another that answered in its place goes on being asked first until the
hour is over, so that an instance that is down costs one request an hour; one that has asked us to wait (Retry-After) is
not asked before. Validators belong to an instance's own address; the entries that a feed knows do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from monitor.errors import FeedError, FetchError
from monitor.model import Feed, FeedState

_SCHEME = "rsshub://"
#: As `monitor.feeds.rhythm` has it: a longer Retry-After is more likely a mistake than a wish.
_MAX_WAIT_S = 7 * 86400.0


def is_route(url: str) -> bool:
    """Tell whether an address is a route of RSSHub."""
    return url.startswith(_SCHEME)


def on_instance(feed: Feed, instance: str) -> Feed:
    """Give a feed of a route its address on one instance."""
    return replace(feed, url=_address(feed.url, instance), shown_url=_address(feed.shown_url, instance))


def instances_to_ask(instances: Sequence[str], state: FeedState, *, now: datetime) -> list[str]:
    """Return the instances to ask one after the other until one answers; none where all have asked us to wait."""
    awake = [each for each in instances if each not in state.resting or state.resting[each] <= now]
    if state.polled_at and _hour(state.polled_at) == _hour(now):
        awake.sort(key=lambda instance: not state.asked_url.startswith(_join(instance, "")))
    return awake


def resting_after(
    instances: Sequence[str], state: FeedState, failed: Mapping[str, FeedError], *, now: datetime
) -> dict[str, datetime]:
    """Return which instances have asked us to wait, and until when."""
    asked = {instance: now + timedelta(seconds=_wait_s(error)) for instance, error in failed.items()}
    return {each: until for each, until in ({**state.resting, **asked}).items() if each in instances and until > now}


def failure(
    feed: Feed, failed: Mapping[str, FeedError], resting: Mapping[str, datetime], *, now: datetime
) -> FeedError:
    """Return what became of a poll that no instance answered: the failure of the one that may be asked again first."""
    if failed:
        return min(failed.values(), key=_wait_s)
    if not resting:
        return FeedError(feed.shown_url, "is a route of RSSHub, and polling.rsshub names no instance to ask")
    wait_s = (min(resting.values()) - now).total_seconds()
    cause = "every instance of RSSHub has asked to wait"
    return FetchError(feed.shown_url, cause, phase="status", status=503, retry_after_s=wait_s)


def _address(url: str, instance: str) -> str:
    """Return a route's address; of a secret one only words are shown, which stay."""
    return _join(instance, url.removeprefix(_SCHEME)) if is_route(url) else url


def _join(instance: str, route: str) -> str:
    return f"{instance.rstrip('/')}/{route}"


def _hour(time: datetime) -> int:
    return int(time.timestamp() // 3600)


def _wait_s(error: FeedError) -> float:
    asked = error.retry_after_s if isinstance(error, FetchError) else None
    return min(asked or 0.0, _MAX_WAIT_S)
