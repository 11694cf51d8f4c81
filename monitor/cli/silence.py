"""`news-monitor mute`, `pause` and `unsubscribe`: what a running service is silent about, until that is undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import TypeAdapter, ValidationError

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, ended
from monitor.cli.store import with_store
from monitor.queue.registry import Override
from monitor.queue.reversal import put_in_force
from monitor.queue.silences import muted, paused, unsubscribed
from monitor.queue.store import Store
from monitor.settings.problems import did_you_mean
from monitor.settings.schema import Settings
from monitor.settings.values import Span

#: What `--for` and `--until` leave open.
_DEFAULT = "24h"
_EVER = "ever"
_BY_COMMAND = "by command"


def mute(
    watchlist: Annotated[str, typer.Argument(help="Id of the watchlist.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
    span: Annotated[str | None, typer.Option("--for", help='How long: "2h", "7d", or "ever". [default: 24h]')] = None,
    until: Annotated[str | None, typer.Option(help='Until when: "2026-12-01 08:00", in alerts.time_zone.')] = None,
    channel: Annotated[str, typer.Option(help="Only on this channel.")] = "",
) -> None:
    """Hold the alerts of a watchlist until the mute ends.

    What its stories' windows outlast is sent then; the rest is closed as not sent, which `status` lists.

    Example: news-monitor mute qwen --for 7d --channel team
    """
    if span is not None and until is not None:
        raise ended("mute: --for and --until say two ends; give one")

    def decide(in_force: Settings, now: datetime) -> Override:
        _known(watchlist, [each.id for each in in_force.watchlists], "watchlist")
        if channel:
            _known(channel, [each.id for each in in_force.channels], "channel")
        end = _end(span, until, now=now, zone=ZoneInfo(in_force.alerts.time_zone))
        return muted(watchlist, channel=channel, until=end, reason=_BY_COMMAND, now=now)

    _put_in_force(settings, decide)


def pause(
    channel: Annotated[str, typer.Argument(help="Id of the channel.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Send nothing on a channel; its alerts wait until the pause is undone.

    Example: news-monitor pause team
    """

    def decide(in_force: Settings, now: datetime) -> Override:
        _known(channel, [each.id for each in in_force.channels], "channel")
        return paused(channel, reason=_BY_COMMAND, now=now)

    _put_in_force(settings, decide)


def unsubscribe(
    watchlist: Annotated[str, typer.Argument(help="Id of the watchlist.")],
    channel: Annotated[str, typer.Argument(help="Id of the channel.")],
    recipient: Annotated[str, typer.Argument(help="Whom to leave out, as the channel has it.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Leave one recipient of a channel out of a watchlist's alerts.

    Example: news-monitor unsubscribe qwen team pr@example.org
    """

    def decide(in_force: Settings, now: datetime) -> Override:
        _known(watchlist, [each.id for each in in_force.watchlists], "watchlist")
        channels = {each.id: each for each in in_force.channels}
        _known(channel, list(channels), "channel")
        if recipients := getattr(channels[channel], "to", ()):
            _known(recipient, list(recipients), f"recipient of {channel}")
        return unsubscribed(watchlist, channel=channel, recipient=recipient, reason=_BY_COMMAND, now=now)

    _put_in_force(settings, decide)


def _put_in_force(settings: SettingsFile, decide: Callable[[Settings, datetime], Override]) -> None:
    """Let a decision on the settings in force stand, and say how it is undone."""
    from workers.report import settings_in_force

    async def decided(store: Store) -> tuple[Override, ZoneInfo]:
        in_force = await settings_in_force(store)
        if in_force is None:
            raise ended("no settings are in force yet; is the service running? (news-monitor run)")
        override = decide(in_force, datetime.now(UTC))
        await put_in_force(store, override)
        return override, ZoneInfo(in_force.alerts.time_zone)

    override, zone = with_store(settings, decided)
    end = f" until {override.ends_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})" if override.until else ""
    typer.echo(f"{override.id}: in force{end} (news-monitor overrides undo {override.id})")


def _known(name: str, names: list[str], noun: str) -> None:
    """End the command where there is none of this name."""
    if name not in names:
        raise ended(f"{noun}: {name}: there is none of that id; {did_you_mean(name, names)}")


def _end(span: str | None, until: str | None, *, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when a mute ends; None where it lasts until it is undone."""
    if until is None:
        return None if span == _EVER else now + timedelta(seconds=_span(span or _DEFAULT))
    try:
        local = datetime.fromisoformat(until)
    except ValueError:
        raise ended(f'--until {until}: a date and time such as "2026-12-01 08:00"') from None
    end = (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    if end <= now:
        raise ended(f"--until {until}: is over already")
    return end


def _span(text: str) -> float:
    try:
        return float(TypeAdapter(Span).validate_python(text))
    except ValidationError as error:
        raise ended(f'--for {text}: {error.errors()[0]["msg"]}, or "{_EVER}"') from None
