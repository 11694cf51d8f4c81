"""Whose article an entry is: the outlet that it names, and its title without the outlet's name at the end. Pure.

Google News and its like write "Title - Outlet" for each item, and name the outlet once more in `<source>`.
"""

from __future__ import annotations

_DASHES = (" - ", " – ", " — ", " | ")
#: Longer endings are part of the title.
_MAX_NAME = 60
#: Aggregators whose titles end in the outlet's name, whether or not they give it elsewhere.
_AGGREGATORS = frozenset(("news.google.com",))


def split_outlet(title: str, source: str, *, host: str) -> tuple[str, str]:
    """Return a title without its outlet's name, and that name, of an entry of a feed at `host`; ("", "") of nothing."""
    for dash in _DASHES:
        shorter, found, name = title.rpartition(dash)
        if found and shorter.strip() and source and name.strip().casefold() == source.casefold():
            return shorter.strip(), source
    if not source and host in _AGGREGATORS:
        shorter, _, name = title.rpartition(" - ")
        if shorter.strip() and 0 < len(name.strip()) <= _MAX_NAME:
            return shorter.strip(), name.strip()
    return title, source
