"""What readers answer to alerts by their links: the `monitor.web.answers.Reader` of a `web` process.

A token says all that there is to do, and that we wrote it; the alert is read where it was kept when it was told.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from monitor.alerts.links import PATH, Links, Request, Verdict
from monitor.alerts.specimen import TITLE
from monitor.errors import StoreError
from monitor.model import Alert
from monitor.queue.feedback import FeedbackBook, ToldAlerts, feedback_on
from monitor.queue.registry import Override, Registry
from monitor.queue.silences import muted, unsubscribed
from monitor.queue.store import Store
from monitor.settings import schema
from monitor.web.answers import Sight
from workers.links import links_of
from workers.wiring import Place

_MUTE = timedelta(hours=24)
_OPPOSITE: dict[str, Verdict] = {"yes": "no", "no": "yes"}

log = structlog.get_logger()


class Readers:
    """Who answers to alerts."""

    def __init__(self, store: Store, *, place: Place) -> None:
        self._told = ToldAlerts(store)
        self._book = FeedbackBook(store)
        self._registry = Registry(store)
        self._place = place
        self._settings = schema.Settings()

    def apply(self, settings: schema.Settings) -> None:
        """Take over changed settings."""
        self._settings = settings

    async def look(self, token: str) -> Sight:
        """Tell what following the link would do."""
        return await self._answer(token, acts=False)

    async def act(self, token: str) -> Sight:
        """Do it; done twice, it is as if it was done once."""
        return await self._answer(token, acts=True)

    async def _answer(self, token: str, *, acts: bool) -> Sight:
        now = datetime.now(UTC)
        # The keys are read anew each time, so that a rotation holds at once.
        links = await asyncio.to_thread(links_of, self._settings, self._place)
        request = links.verify(token) if links else None
        if links is None or request is None:
            return Sight("bad")
        if request.is_expired(now):
            return Sight("expired")
        if request.is_trial:
            return self._tried(request, links, acts=acts)
        try:
            if request.purpose in _OPPOSITE:
                return await self._judge(request, links, acts=acts, now=now)
            return await self._silence(request, acts=acts, now=now)
        except StoreError as error:
            log.warning("reader not answered", error=str(error))
            return Sight("later")

    async def _judge(self, request: Request, links: Links, *, acts: bool, now: datetime) -> Sight:
        alert = await self._told.of(request.watchlist_id, request.alert_id)
        if alert is None:
            return Sight("gone")
        said = await self._book.verdict(request.watchlist_id, request.alert_id)
        if acts:
            most = self._settings.alerts.keep_feedback
            changed = await self._book.note(feedback_on(alert, request.purpose, by="link", now=now), most=most)
            log.info("feedback", alert=alert.id, watchlist=alert.watchlist_id, said=request.purpose, changed=changed)
        return Sight(
            "done" if acts else "ask",
            request.purpose,
            watchlist=alert.watchlist_name,
            title=headline(alert),
            said=said,
            opposite=self._opposite(request, links),
        )

    def _opposite(self, request: Request, links: Links) -> str:
        """Sign the other answer to the same alert, as of the same day."""
        links = links.for_trial() if request.is_trial else links
        url = links.on(request.day).feedback(request.alert_id, request.watchlist_id, _OPPOSITE[request.purpose])
        return url.rpartition(PATH)[2]

    def _tried(self, request: Request, links: Links, *, acts: bool) -> Sight:
        """Show what a link looks like, and do nothing: the watchlist of a test may have the id of a real one."""
        return Sight(
            "done" if acts else "ask",
            request.purpose,
            watchlist=request.watchlist_id,
            title=TITLE if request.alert_id else "",
            channel=request.channel_id,
            recipient=request.recipient,
            opposite=self._opposite(request, links) if request.purpose in _OPPOSITE else "",
            is_trial=True,
        )

    async def _silence(self, request: Request, *, acts: bool, now: datetime) -> Sight:
        """Mute a watchlist on a channel for a day, or let one recipient of it alone."""
        alert = await self._told.of(request.watchlist_id, request.alert_id) if request.alert_id else None
        override = _silence(request, now)
        if acts and await self._registry.extend(override, now=now) is override:
            log.info("silenced", kind=override.kind, watchlist=override.subject, channel=override.channel)
        return Sight(
            "done" if acts else "ask",
            request.purpose,
            watchlist=alert.watchlist_name if alert else request.watchlist_id,
            title=headline(alert) if alert else "",
            channel=request.channel_id,
            recipient=request.recipient,
        )


def _silence(request: Request, now: datetime) -> Override:
    watchlist, channel = request.watchlist_id, request.channel_id
    # Of a channel that is not mail, nobody knows who its readers are.
    who = request.recipient if request.recipient != channel else f"a reader of {channel}"
    reason = f"{who} asked for it by a link"
    if request.purpose == "mute":
        return muted(watchlist, channel=channel, until=now + _MUTE, reason=reason, now=now)
    return unsubscribed(watchlist, channel=channel, recipient=request.recipient, reason=reason, now=now)


def headline(alert: Alert) -> str:
    """Say in a line what an alert was about."""
    more = len(alert.stories) - 1
    return alert.stories[0].items[0].item.title + (f" (+{more})" if more else "")
