"""Documents are parsed in processes that can be killed, and one document's end is not its neighbour's."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import psutil
import pytest

from monitor.errors import ParseError
from monitor.feeds.reading.parser_pool import ParserPool
from tests.feeds.made import FEED, NOW, SAMPLES, document, parsed, rss

GOOD = rss("<item><title>Good</title></item>")
#: 50,000 different categories in one entry of an unusual kind: feedparser compares each with each.
#: What only feedparser reads, for some seconds.
SLOW = rss(*("<item>" + "".join(f"<link>/{n}</link>" for n in range(19_000)) + "<fullitem/></item>" for _ in range(20)))


@pytest.fixture
async def pool() -> AsyncIterator[ParserPool]:
    async with ParserPool(size=2, timeout_s=60) as pool:
        yield pool


def parsers() -> list[psutil.Process]:
    """The parsing processes of this process."""
    # Not `Process.children`: it compares start times, and drops children where the clock was set back meanwhile.
    return [
        each
        for each in psutil.process_iter(["ppid", "cmdline"])
        if each.info["ppid"] == os.getpid() and "monitor.feeds.reading.parser_process" in (each.info["cmdline"] or ())
    ]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for the other processes; the test's own time limit bounds it."""
    while not condition():  # noqa: ASYNC110 - another process sets no event of ours
        await asyncio.sleep(0.01)


def is_busy(process: psutil.Process) -> Callable[[], bool]:
    """Tell, from now on, whether a process is at work."""
    before = process.cpu_times().user
    return lambda: process.cpu_times().user > before + 0.2


async def title(pool: ParserPool, body: bytes = GOOD) -> str:
    feed = await pool.parse(document(body), FEED, now=NOW)
    return feed.entries[0].item.title


async def test_a_pool_parses_as_the_pure_function_does(pool: ParserPool) -> None:
    for path in (SAMPLES / "rss.xml", SAMPLES / "gbk-declared-gb2312.xml"):
        body = path.read_bytes()
        assert await pool.parse(document(body, content_type="text/xml"), FEED, now=NOW) == parsed(body)


async def test_a_process_is_started_at_the_first_need_and_used_again(pool: ParserPool) -> None:
    assert parsers() == []
    for _ in range(3):
        await title(pool)
    assert len(parsers()) == 1


async def test_a_large_poller_does_not_wear_its_parsers_out(pool: ParserPool) -> None:
    # getrusage of a new process begins at its parent's peak, which is none of its own memory.
    ballast = bytes(200 * 1024**2)
    await title(pool)
    first = parsers()
    await title(pool)
    assert [each.pid for each in parsers()] == [each.pid for each in first] != []
    assert len(ballast) > 150 * 1024**2


async def test_never_more_processes_than_the_pool_is_large(pool: ParserPool) -> None:
    titles = await asyncio.gather(*(title(pool) for _ in range(12)))
    assert titles == ["Good"] * 12
    assert len(parsers()) == 2


async def test_what_is_no_feed_is_a_parse_error_of_the_feed(pool: ParserPool) -> None:
    with pytest.raises(ParseError) as caught:
        await title(pool, b"<html></html>")
    assert str(caught.value) == "parse: harbour: an HTML page, not a feed"
    assert await title(pool) == "Good"


async def test_a_document_that_takes_too_long_is_killed_and_its_neighbours_are_not() -> None:
    async with ParserPool(size=1, timeout_s=1) as pool:
        slow = asyncio.create_task(title(pool, SLOW))
        neighbour = asyncio.create_task(title(pool))
        with pytest.raises(ParseError, match="took longer than 1 s: killed"):
            await slow
        assert await neighbour == "Good"


async def test_a_document_that_needs_too_much_memory_is_refused_and_its_neighbours_are_not() -> None:
    async with ParserPool(size=1, timeout_s=60, memory_bytes=128 * 1024**2) as pool:
        with pytest.raises(ParseError, match=r"too much memory|more memory than"):
            await title(pool, rss(*["<item><title>x</title></item>"] * 300_000))
        assert await title(pool) == "Good"


async def test_a_process_that_dies_in_the_middle_costs_one_document(pool: ParserPool) -> None:
    slow = asyncio.create_task(title(pool, SLOW))
    await until(lambda: bool(parsers()) and parsers()[0].cpu_times().user > 0.5)
    parsers()[0].kill()
    with pytest.raises(ParseError, match=r"ended the parsing process \(signal 9\)"):
        await slow
    assert await title(pool) == "Good"


async def test_a_process_that_died_while_idle_costs_nothing(pool: ParserPool) -> None:
    await title(pool)
    (victim,) = parsers()
    victim.kill()
    assert await title(pool) == "Good"


async def test_a_poll_that_is_given_up_leaves_no_process_behind(pool: ParserPool) -> None:
    await title(pool)
    (busy,) = parsers()
    slow = asyncio.create_task(title(pool, SLOW))
    await until(is_busy(busy))
    slow.cancel()
    with suppress(asyncio.CancelledError):
        await slow
    assert parsers() == []
    assert await title(pool) == "Good"


async def test_closing_ends_all_processes(pool: ParserPool) -> None:
    await asyncio.gather(title(pool), title(pool))
    await pool.close()
    assert parsers() == []


async def test_the_signals_of_a_terminal_do_not_end_a_process(pool: ParserPool) -> None:
    await title(pool)
    (process,) = parsers()
    os.kill(process.pid, signal.SIGINT)
    os.kill(process.pid, signal.SIGTERM)
    assert await title(pool) == "Good"
    assert parsers() == [process]


async def test_no_secret_of_the_environment_reaches_a_process(
    pool: ParserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "secret")
    await title(pool)
    assert "SMTP_PASSWORD" not in parsers()[0].environ()


async def test_a_process_stays_small(pool: ParserPool) -> None:
    await pool.parse(document((SAMPLES / "media.xml").read_bytes()), FEED, now=NOW)
    assert parsers()[0].memory_info().rss < 45 * 1024**2
