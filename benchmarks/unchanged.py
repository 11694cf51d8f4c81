"""Polling feeds that have not changed (304), against a bare aiohttp loop over the same URLs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from statistics import median

import aiohttp

from benchmarks.figures import Figure
from benchmarks.rig import CONCURRENCY, rig
from benchmarks.world import world

FEEDS = 2_000
ROUNDS = 7


async def run() -> list[Figure]:
    """Poll 2,000 unchanged feeds and fetch the same URLs without anything else, in turn, and compare the medians."""
    async with world() as outside:
        address = (await outside.ask("serve", feeds=FEEDS, entries=3))["feeds"]
        urls = [f"{address}/{number}" for number in range(FEEDS)]
        async with rig(address, feeds=FEEDS) as polling, _session() as session:
            conditions = await _conditions(session, urls)
            bare_s, ours_s, bare_cpu_s, ours_cpu_s = [], [], [], []
            for _ in range(ROUNDS):
                used = time.process_time()
                bare_s.append(await _fetch_all(session, conditions))
                bare_cpu_s.append(time.process_time() - used)
                used = time.process_time()
                ours_s.append(await polling.poll_all())
                ours_cpu_s.append(time.process_time() - used)
    ours, bare = FEEDS / median(ours_s), FEEDS / median(bare_s)
    return [
        Figure("bare aiohttp loop", bare, "polls/s"),
        Figure("poller, all Redis work included", ours, "polls/s"),
        Figure("poller in per cent of the bare loop", 100 * ours / bare, "%", bar=50, sense="at least"),
        Figure("processor time of the bare loop's process, per poll", 1e6 * median(bare_cpu_s) / FEEDS, "µs"),
        Figure("processor time of the poller's process, per poll", 1e6 * median(ours_cpu_s) / FEEDS, "µs"),
    ]


def _session() -> aiohttp.ClientSession:
    """Open a session with the settings of the service's own (`monitor.net.client`)."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=10, keepalive_timeout=5.0),
        headers={"User-Agent": "news-monitor/0", "Accept-Encoding": "gzip, deflate, br"},
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=30, connect=10),
        max_line_size=64 * 1024,
        max_field_size=64 * 1024,
    )


async def _conditions(session: aiohttp.ClientSession, urls: list[str]) -> dict[str, dict[str, str]]:
    """Ask each URL once, and give the headers that make the next request to it a conditional one."""
    conditions = {}
    for url in urls:
        async with session.get(url) as answer:
            await answer.read()
            conditions[url] = {
                "Accept": "application/rss+xml, application/atom+xml;q=0.9, */*;q=0.1",
                "If-None-Match": answer.headers["ETag"],
                "If-Modified-Since": answer.headers["Last-Modified"],
            }
    return conditions


async def _fetch_all(session: aiohttp.ClientSession, conditions: Mapping[str, Mapping[str, str]]) -> float:
    waiting = iter(conditions.items())
    started = time.perf_counter()
    await asyncio.gather(*(_fetch(session, waiting) for _ in range(CONCURRENCY)))
    return time.perf_counter() - started


async def _fetch(session: aiohttp.ClientSession, waiting: Iterator[tuple[str, Mapping[str, str]]]) -> None:
    for url, headers in waiting:
        async with session.get(url, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            assert answer.status == 304
