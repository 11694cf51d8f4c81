"""Items of stories' tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import Item
from monitor.stories.lexicon import name_finder
from monitor.stories.profile import Profile
from monitor.stories.traits import Traits, traits_of

NAMES = name_finder({})
NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)


def an_item(title: str, summary: str = "", *, hours: float = 0, url: str = "") -> Item:
    """Make an item that was published so many hours after noon."""
    at = NOON + timedelta(hours=hours)
    key = f"{abs(hash((title, url))):032x}"
    return Item(key, "feed", url, title, summary, "", "Outlet", "", at, at, "und")


def traits(title: str, summary: str = "", *, hours: float = 0, url: str = "") -> Traits:
    """Make such an item's traits."""
    return traits_of(an_item(title, summary, hours=hours, url=url), NAMES)


def profile(title: str, summary: str = "", *, hours: float = 0, url: str = "") -> Profile:
    """Make such an item's profile."""
    return Profile(traits(title, summary, hours=hours, url=url))


def unasked(one: str, other: str) -> float:
    """Stand for the encoder where nobody may ask it."""
    raise AssertionError(f"asked for the meaning of {one!r} and {other!r}")
