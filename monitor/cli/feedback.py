"""`news-monitor feedback`: say whether an alert was relevant, as its links do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile
from monitor.cli.store import with_store
from monitor.model import Alert
from monitor.queue.feedback import FeedbackBook, ToldAlerts, feedback_on


def feedback(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="The alert's id, or a beginning that no other has.")],
    verdict: Annotated[str, typer.Argument(metavar="yes|no", help="Whether it was relevant.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Say whether an alert was relevant; the last word on each alert counts.

    A webhook names the alert as id; of a mail its Message-ID does, of a webhook its webhook-id too. `news-monitor
    watchlists show ID` tells how well a watchlist does by what was said, `watchlists suggest ID` proposes edits.

    Example: news-monitor feedback alt_4x2k no
    """
    if verdict not in ("yes", "no"):
        raise typer.BadParameter(f'{verdict}: say "yes" or "no"', param_hint="yes|no")

    async def note(store: Any) -> tuple[list[str], Alert | None, bool]:
        return await _note(store, alert, "yes" if verdict == "yes" else "no")

    ids, judged, changed = with_store(settings, note)
    if judged is None:
        typer.echo(_not_found(alert, ids), err=True)
        raise typer.Exit(1)
    title = " ".join(judged.stories[0].items[0].item.title.split())
    noted = "" if changed else " (as before)"
    typer.echo(f"{judged.watchlist_id}: {'relevant' if verdict == 'yes' else 'not relevant'}{noted}: {title}")


async def _note(store: Any, beginning: str, verdict: Literal["yes", "no"]) -> tuple[list[str], Alert | None, bool]:
    """Note it where there is one such alert; return the ids found, that alert, and whether it changes anything."""
    from workers.report import settings_in_force

    told = ToldAlerts(store)
    ids = await told.find(beginning)
    alert = await told.one(ids[0]) if len(ids) == 1 else None
    if alert is None:
        return ids, None, False
    in_force = await settings_in_force(store)
    most = in_force.alerts.keep_feedback if in_force else 1_000
    said = feedback_on(alert, verdict, by="command", now=datetime.now(UTC))
    return ids, alert, await FeedbackBook(store).note(said, most=most)


def _not_found(written: str, ids: list[str]) -> str:
    if ids:
        return f"alert: {written}: several begin so: {', '.join(ids)}"
    return f"alert: {written}: none of that id is kept; alerts are kept for alerts.keep_told"
