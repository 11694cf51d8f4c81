"""What keeps 225,000 entries cheap in memory and in time."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from typing import Any, TypeVar

from monitor.settings.schema import FeedSettings, WatchlistSettings
from monitor.settings.section import Section

Entry = TypeVar("Entry", bound=FeedSettings | WatchlistSettings)

_KEYS: Mapping[type[Section], frozenset[str]] = {
    model: frozenset(model.model_fields) for model in (FeedSettings, WatchlistSettings)
}
#: Objects, with what they alone hold, that are freed in well below a millisecond.
_FEW = 500


def compact(entry: Entry) -> Entry:
    """Share pydantic's note of which keys were written: 700 bytes an entry, and nobody asks for it."""
    object.__setattr__(entry, "__pydantic_fields_set__", _KEYS[type(entry)])
    return entry


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the cyclic collector from walking a growing heap of entries, which have no cycles, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def let_go(held: MutableSequence[Any]) -> None:
    """Empty a list a little at a time: freeing a million objects at once would hold up every thread for half a second.

    Whoever calls it, in a thread, makes sure that this list is the last to hold them.
    """
    while held:
        del held[-_FEW:]
