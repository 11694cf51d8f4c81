"""One match, or what is due, to its commit: read the stories, decide (pure), render, commit once. Promise 2.

A commit is refused where another worker changed the same stories meanwhile; then all is read and decided again, a few
times, and then in turn; what takes long to render is in turn from the first.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count

import structlog

from monitor.alerts.alert import source_of
from monitor.alerts.identity import story_id
from monitor.model import Alert, AlertItem, Delivery, Item, Match, Watchlist
from monitor.queue.stories import Bounds, Change, Closed, Commit, Outcome, Stories
from monitor.stories.record import Record, encode, kept_entry
from monitor.stories.release import release
from monitor.stories.shelf import Shelf, first_due
from monitor.stories.tell import Arrival, Unsent, arrive
from monitor.stories.tell import Rules as StoryRules
from monitor.stories.traits import traits_of
from monitor.watchlists.why import why
from workers.composing import Plan, alerts_of, digest_ids, is_large
from workers.decisions import Decisions
from workers.rules import Rules
from workers.shelves import Place, Shelves

#: Refused commits after which a worker waits for its turn.
_TRIES = 4
#: How soon a worker asks again for its turn, seconds.
_AGAIN_S = 0.02
#: How often it asks to keep it while something large is rendered, seconds.
_RENEW_S = 2.0
#: Ended stories that are dropped with one commit.
_DROPPED = 50
#: What is kept of stories lives so much longer than their window, seconds.
_SLACK_S = 86400.0

_Rendered = list[tuple[Alert, list[Delivery]]]

log = structlog.get_logger()


def clock() -> datetime:
    """Return the time; what is decided by it is pure."""
    return datetime.now(UTC)


class Teller:
    """Commits what follows from matches and from the time, for one process."""

    def __init__(self, stories: Stories, decisions: Decisions) -> None:
        self._stories = stories
        self._decisions = decisions
        self._shelves = Shelves(stories)
        self._one_large = asyncio.Semaphore(1)

    async def match(self, item: Item, match: Match, rules: Rules) -> None:
        """Commit what follows from a match. Raises StoreError."""
        watchlist = rules.watchlists[match.watchlist]
        arrival = _arrival(item, match, watchlist, rules)
        whole = {arrival.entry: AlertItem(item, match.evidence)}

        def plan(shelf: Shelf, now: datetime) -> Plan:
            step = arrive(shelf, arrival, self._story_rules(watchlist, rules), now=now)
            return Plan(step, _mark(item) if step.what == "changed" else item.key, whole=whole)

        outcome, planned = await self._commit(watchlist, rules, plan)
        told = [telling.channel for telling in planned.step.tellings]
        log.info(
            f"match {planned.step.what}" if outcome is Outcome.DONE else "alerted before",
            item=item.key,
            feed=item.feed,
            watchlist=watchlist.id,
            story=planned.step.records[0].story.id if planned.step.records else "",
            told=told,
            held=[name for each in planned.step.records for name in each.held],
        )

    async def release(self, watchlist: Watchlist, rules: Rules, *, anew: datetime | None = None) -> bool:
        """Commit what becomes of what a watchlist holds and is due; `anew`: of all of it, asked for then.

        False where it is so much that the next release has to go on with it. Raises StoreError.
        """

        def plan(shelf: Shelf, now: datetime) -> Plan:
            released = release(shelf, self._story_rules(watchlist, rules), now=now, anew=anew)
            return Plan(released.step, digests=released.digests, is_whole=released.is_whole)

        _, planned = await self._commit(watchlist, rules, plan)
        if planned.step.records:
            log.info(
                "released",
                watchlist=watchlist.id,
                stories=len(planned.step.records),
                told=len(planned.step.tellings),
                digests=len(planned.digests),
                unsent=len(planned.step.unsent),
            )
        return planned.is_whole

    def _story_rules(self, watchlist: Watchlist, rules: Rules) -> StoryRules:
        own = rules.of_stories(watchlist.id)
        muted = {each: self._decisions.muted_until(watchlist.id, each) for each in own.policies}
        return replace(own, muted={each: until for each, until in muted.items() if until is not None})

    async def _commit(
        self, watchlist: Watchlist, rules: Rules, plan: Callable[[Shelf, datetime], Plan]
    ) -> tuple[Outcome, Plan]:
        """Decide and commit until it is done, or was before."""
        place = self._shelves.place(watchlist, rules)
        whole = in_turn = False
        async with place.lock:
            try:
                for attempt in count():
                    in_turn = in_turn or attempt >= _TRIES
                    if in_turn and not await self._stories.take_turn(watchlist.id):
                        await asyncio.sleep(_AGAIN_S)
                        continue
                    if attempt or not place.shelf.version:
                        await self._shelves.refresh(place, whole=whole)
                    now = clock()
                    planned = plan(place.shelf, now)
                    if is_large(planned, rules) and not in_turn:
                        in_turn = True  # the others would commit while it is rendered, and it would be again
                        continue
                    planned = await self._next_part(planned, watchlist)
                    outcome = await self._try(place, rules, planned, now)
                    is_done = outcome in (Outcome.DONE, Outcome.KNOWN)
                    # An item that stands in a story as it was just read, and is not remembered any more: nothing to do.
                    if is_done or (whole and not planned.step.records):
                        return outcome, planned
                    # Reading all of a hot watchlist each time would take longer than the others need to commit again.
                    whole = outcome is Outcome.LOST or not planned.step.records
            finally:
                if in_turn:
                    await self._stories.end_turn(watchlist.id)
        raise AssertionError  # pragma: no cover -- the loop has no other end

    async def _next_part(self, planned: Plan, watchlist: Watchlist) -> Plan:
        """Name the first part of its digests that was not told yet, before anything is rendered."""
        while planned.digests and await self._stories.were_told(watchlist.id, digest_ids(planned, watchlist)):
            planned = replace(planned, part=planned.part + 1)
        return planned

    async def _try(self, place: Place, rules: Rules, planned: Plan, now: datetime) -> Outcome:
        shelf, step = place.shelf, planned.step
        kept = {each.story.id: each for each in step.records if rules.stories.window or each.held}
        gone = [each.story.id for each in step.records if each.story.id not in kept]
        gone += [name for name in shelf.ended(now)[:_DROPPED] if name not in kept]
        written = {name: encode(record) for name, record in kept.items()} | dict.fromkeys(gone, b"")
        commit = Commit(
            watchlist=place.watchlist.id,
            # Where nothing follows from an item, it is only asked whether that was committed: no version is this one.
            version=shelf.version if step.records or not planned.mark else "none",
            changes=[Change(name, shelf.versions.get(name, ""), record) for name, record in written.items()],
            mark=planned.mark,
            due_at=_due_at(shelf, step.records),
            pace=step.pace,
            alerts=await self._rendered(planned, place.watchlist, rules, now),
            closed=[_closed(each, place.watchlist.id, now) for each in step.unsent],
        )
        outcome, version = await self._stories.commit(commit, bounds=_bounds(rules))
        if outcome is Outcome.DONE:
            for record in kept.values():
                shelf.put(record, version)
            for name in gone:
                shelf.drop(name)
            shelf.version, shelf.pace = version, step.pace or shelf.pace
        return outcome

    async def _rendered(self, planned: Plan, watchlist: Watchlist, rules: Rules, now: datetime) -> _Rendered:
        """Render what is told: much of it in a thread, one at a time, lest all else here wait for seconds."""
        render = partial(alerts_of, planned, watchlist, rules, now=now, decisions=self._decisions)
        if not is_large(planned, rules):
            return render()
        rendering = asyncio.create_task(self._aside(render))
        try:
            while not (await asyncio.wait([rendering], timeout=_RENEW_S))[0]:
                await self._stories.take_turn(watchlist.id)
            return await rendering
        finally:
            rendering.cancel()

    async def _aside(self, render: Callable[[], _Rendered]) -> _Rendered:
        async with self._one_large:
            return await asyncio.to_thread(render)


def _arrival(item: Item, match: Match, watchlist: Watchlist, rules: Rules) -> Arrival:
    return Arrival(
        entry=kept_entry(AlertItem(item, match.evidence)),
        source=source_of(item),
        traits=traits_of(item, rules.names),
        story_id=story_id(watchlist.id, item.key),
        why=why(match, item, watchlist),
        severity=rules.severity(item, watchlist.id),
        version=match.version,
        is_update=item.is_update,
    )


def _mark(item: Item) -> str:
    """Return under what it is remembered that a changed item was told: each of its wordings once."""
    words = "\n".join((item.title, item.summary, item.content))
    return f"{item.key}~{hashlib.sha256(words.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _due_at(shelf: Shelf, changed: Iterable[Record]) -> datetime | None:
    """Return when the first held thing is due once these records are in their place."""
    return first_due({**shelf.holding, **{each.story.id: each for each in changed}}.values())


def _closed(unsent: Unsent, watchlist_id: str, now: datetime) -> Closed:
    story = unsent.story
    return Closed(watchlist_id, unsent.channel, story.id, story.items[0].item.title, unsent.reason, now)


def _bounds(rules: Rules) -> Bounds:
    return Bounds(
        remember_s=rules.alerts.remember,
        keep_told_s=rules.alerts.keep_told,
        keep_stories_s=rules.stories.window + _SLACK_S,
        most_unsent=rules.alerts.max_unsent,
    )
