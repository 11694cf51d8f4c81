"""Settings become the policy of one watchlist on one channel, and the rule that says which titles are of high severity.

The nearest table that says something counts, key by key: `[[watchlists]].policy.channels.<id>`, `[[channels]].policy`,
`[[watchlists]].policy`, `[alerts.policy]`; what none of them says is as `Policy` has it, in `alerts.time_zone`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from monitor.model import Watchlist
from monitor.settings.channels import Channel
from monitor.settings.policy import WEEKDAYS, PolicySettings, local_time, quiet_hours, rate_of
from monitor.settings.schema import AlertsSettings, WatchlistSettings
from monitor.stories.policy import Policy
from workers.wiring import Entities


def policy_of(alerts: AlertsSettings, watchlist: WatchlistSettings, channel: Channel) -> Policy:
    """Give the policy of a watchlist's alerts on a channel."""
    own = watchlist.policy
    tables = (alerts.policy, own, channel.policy, own.channels.get(channel.id) if own else None)
    said: dict[str, Any] = {"time_zone": alerts.time_zone}
    for table in tables:
        said |= _said(table) if table else {}
    return Policy(**{key: _READ[key](value) if key in _READ else value for key, value in said.items()})


def high_of(alerts: AlertsSettings, watchlist: WatchlistSettings, entities: Entities) -> Watchlist | None:
    """Give what a title must say for its story to be of high severity, in the form of a watchlist; None: none is."""
    query = (watchlist.policy.high if watchlist.policy else None) or alerts.policy.high
    return Watchlist(watchlist.id, watchlist.id, query=query, entities=entities) if query else None


def _said(table: PolicySettings) -> dict[str, Any]:
    """Return what a table says of the policy itself."""
    values = {key: getattr(table, key) for key in PolicySettings.model_fields}
    return {key: value for key, value in values.items() if value is not None}


_READ: Mapping[str, Callable[[Any], Any]] = {
    "at": local_time,
    "weekday": WEEKDAYS.index,
    "quiet": lambda hours: tuple(map(quiet_hours, hours)),
    "rate": rate_of,
}
