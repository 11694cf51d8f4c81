"""Whose article it is, and its title without that name."""

from __future__ import annotations

import pytest

from monitor.feeds.reading.outlet import split_outlet

GOOGLE = "news.google.com"


@pytest.mark.parametrize(
    ("title", "source", "host", "expected"),
    [
        ("The crane moved - The Wire", "The Wire", GOOGLE, ("The crane moved", "The Wire")),
        ("The crane moved - the wire", "The Wire", "a.example", ("The crane moved", "The Wire")),
        ("起重机移动了 - 港口日报", "港口日报", GOOGLE, ("起重机移动了", "港口日报")),
        ("The crane - and the quay - The Wire", "The Wire", GOOGLE, ("The crane - and the quay", "The Wire")),
        ("The crane moved | The Wire", "The Wire", "a.example", ("The crane moved", "The Wire")),
        ("The crane moved - The Wire", "", GOOGLE, ("The crane moved", "The Wire")),
        ("The crane moved - The Wire", "", "a.example", ("The crane moved - The Wire", "")),
        ("The crane moved - at last", "The Wire", GOOGLE, ("The crane moved - at last", "The Wire")),
        (" - The Wire", "The Wire", GOOGLE, (" - The Wire", "The Wire")),
        (f"The crane - {'moved ' * 20}", "", GOOGLE, (f"The crane - {'moved ' * 20}", "")),
        ("", "", GOOGLE, ("", "")),
    ],
)
def test_an_outlet_is_told_from_the_title(title: str, source: str, host: str, expected: tuple[str, str]) -> None:
    assert split_outlet(title, source, host=host) == expected
