"""What is to be told of stories to alerts with their rendered deliveries, by one version of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.alerts.alert import digest_of, story_alert
from monitor.alerts.deliveries import deliveries_of
from monitor.alerts.identity import digest_id
from monitor.model import Alert, AlertItem, Delivery, Watchlist
from monitor.settings.channels import Channel
from monitor.stories.release import Digest
from monitor.stories.tell import Step, Telling
from workers.decisions import Decisions
from workers.rules import Rules

#: Recipients whose mails are rendered in less than a twentieth of a second.
_FEW = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What one decision comes to."""

    step: Step
    #: Under which it is remembered; "": nothing to remember.
    mark: str = ""
    digests: tuple[Digest, ...] = ()
    #: Whether nothing was left for a next release.
    is_whole: bool = True
    #: Which part of them this is, from 1: what did not go into one alert comes in the next.
    part: int = 1
    #: Items whole, by what is kept of them: deliveries show them in its place.
    whole: Mapping[AlertItem, AlertItem] = field(default_factory=dict)


def is_large(plan: Plan, rules: Rules) -> bool:
    """Tell whether rendering takes long: a digest, or alerts to many recipients."""
    told = (rules.channels[telling.channel] for telling in plan.step.tellings)
    return bool(plan.digests) or sum(len(getattr(each, "to", ())) for each in told) > _FEW


def digest_ids(plan: Plan, watchlist: Watchlist) -> list[str]:
    """Return the ids of a plan's digests."""
    return [digest_id(watchlist.id, each.channel, each.due_at, plan.part) for each in plan.digests]


def alerts_of(
    plan: Plan, watchlist: Watchlist, rules: Rules, *, now: datetime, decisions: Decisions
) -> list[tuple[Alert, list[Delivery]]]:
    """Return every alert of a plan once, with its deliveries to all channels that are told."""
    versions = {record.story.id: record.watchlist_version for record in plan.step.records}
    # What two channels are told alike is rendered for both at once.
    channels: dict[Alert, list[Channel]] = {}
    for channel_id, alert in _alerts(plan, watchlist, versions, now):
        channels.setdefault(alert, []).append(rules.channels[channel_id])
    made: dict[str, tuple[Alert, list[Delivery]]] = {}
    for alert, told in channels.items():
        deliveries = deliveries_of(
            _with(plan.whole, alert),
            told,
            mail=rules.mail,
            time_zone=rules.alerts.time_zone,
            is_unsubscribed=decisions.is_unsubscribed,
            links=rules.stationery.links,
            templates=rules.stationery.templates(),
        )
        made.setdefault(alert.id, (alert, []))[1].extend(deliveries)
    return list(made.values())


def _alerts(
    plan: Plan, watchlist: Watchlist, versions: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, Alert]]:
    for telling in plan.step.tellings:
        yield telling.channel, _story_alert(telling, watchlist, versions[telling.story.id], now)
    for digest in plan.digests:
        yield (
            digest.channel,
            digest_of(
                [telling.story for telling in digest.tellings],
                watchlist=watchlist,
                channel_id=digest.channel,
                due_at=digest.due_at,
                part=plan.part,
                now=now,
                held=[telling.held for telling in digest.tellings],
            ),
        )


def _story_alert(telling: Telling, watchlist: Watchlist, version: str, now: datetime) -> Alert:
    number = telling.number if telling.is_update else None
    return story_alert(telling.story, watchlist=watchlist, version=version, number=number, now=now, held=telling.held)


def _with(whole: Mapping[AlertItem, AlertItem], alert: Alert) -> Alert:
    """Return an alert that shows the items that are at hand whole."""
    stories = (replace(story, items=tuple(whole.get(entry, entry) for entry in story.items)) for story in alert.stories)
    return replace(alert, stories=tuple(stories))
