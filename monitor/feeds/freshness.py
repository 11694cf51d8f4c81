"""The headers of an answer to the seconds for which it is fresh. Pure. Source: RFC 9111, sections 4.2 and 5.2.2.

Of RFC 5861 nothing is needed here: stale-while-revalidate permits a cache to answer late, and what stale-if-error
permits we do in any case, since a failed poll changes nothing of what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: "Delta-seconds" may be as large as one likes; what lies beyond a year is meant as "for ever".
_MOST_S = 365 * 86400.0


def freshness_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Tell how long an answer, with lower-case header names, is fresh from now on (0 to a year).

    0 where it is stale at once or must be asked again each time; None where it says nothing.
    """
    control, expires = headers.get("cache-control"), headers.get("expires")
    if control is None and expires is None:
        return None
    directives = _directives(control or "")
    if "no-store" in directives or directives.get("no-cache") == "":
        return 0.0
    if "max-age" in directives:
        lifetime_s = _seconds(directives["max-age"])
    elif expires is not None:
        lifetime_s = _until(expires, headers.get("date"), now)
    else:
        return None
    return min(max(lifetime_s - _seconds(headers.get("age", "")), 0.0), _MOST_S)


def _directives(control: str) -> dict[str, str]:
    """Read directives, of each the first (section 4.2.1). A quoted list of fields may be torn: we need none of them."""
    found: dict[str, str] = {}
    for part in control.split(","):
        name, _, value = part.partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def _seconds(text: str) -> float:
    """Read delta-seconds; what is none counts as stale, as section 4.2.1 advises."""
    return min(float(text), 2 * _MOST_S) if text.isascii() and text.isdigit() else 0.0


def _until(expires: str, date: str | None, now: datetime) -> float:
    """Measure Expires against the server's own clock; an impossible date, such as 0, is one in the past."""
    end = _date(expires)
    return (end - (_date(date or "") or now)).total_seconds() if end else 0.0


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
