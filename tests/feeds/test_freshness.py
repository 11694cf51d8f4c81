"""How long an answer is fresh, by its headers."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from monitor.feeds.freshness import freshness_s
from tests.feeds.made import NOW

YEAR_S = 365 * 86_400


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "fresh_s"),
    [
        ({}, None),
        ({"etag": '"1"', "age": "7"}, None),
        ({"cache-control": "public"}, None),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "Public, Max-Age = 600 , must-revalidate"}, 600),
        ({"cache-control": 'max-age="600"'}, 600),
        ({"cache-control": "s-maxage=9, max-age=600"}, 600),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "max-age=600, max-age=5"}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "900"}, 0),
        ({"cache-control": "max-age=600", "age": "x"}, 600),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=99999999999999999999"}, YEAR_S),
        ({"cache-control": "max-age=600, no-cache"}, 0),
        ({"cache-control": 'max-age=600, no-cache="set-cookie"'}, 600),
        ({"cache-control": "no-store, max-age=600"}, 0),
        ({"cache-control": "max-age=60, stale-while-revalidate=600"}, 60),
        ({"expires": http_date(600)}, 600),
        ({"expires": http_date(600), "date": http_date(-60)}, 660),
        ({"expires": http_date(600), "date": "yesterday"}, 600),
        ({"expires": http_date(-1)}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1", "cache-control": "private"}, 0),
        ({"expires": http_date(600), "cache-control": "max-age=60"}, 60),
    ],
)
def test_freshness(headers: dict[str, str], fresh_s: float | None) -> None:
    assert freshness_s(headers, NOW) == fresh_s
