"""Plays the demonstration from beginning to end: world, service, publications, live view, summary.

It ends after its time, when the service ends, or at once on Ctrl-C; it stops what it started and removes its folder.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from monitor.demo.ledger import Ledger
from monitor.demo.plan import load_plan, times
from monitor.demo.progress import Ending, Progress, Scene
from monitor.demo.samples import load_samples
from monitor.demo.service import Service, last_lines, running_service
from monitor.demo.show import Show, choose_show
from monitor.demo.summary import has_passed, print_summary
from monitor.demo.world import World, open_world

#: How long the service may take until it says that it is ready.
START_S = 60.0
#: How long after its last second the demonstration waits for missing alerts.
PATIENCE_S = 10.0
_TICK_S = 0.1
_LOG_LINES = 15


async def run_demo(console: Console, *, seconds: float, plain: bool) -> int:
    """Play the demonstration for about `seconds` and return the exit code: 0 where all was as it should be."""
    with tempfile.TemporaryDirectory(prefix="news-monitor-demo-") as name:
        folder = Path(name)
        log = folder / "service.log"
        passed = await _run_in(folder, console, seconds=seconds, plain=plain, log=log)
        if not passed:
            _show_log(console, log)
    return 0 if passed else 1


async def _run_in(folder: Path, console: Console, *, seconds: float, plain: bool, log: Path) -> bool:
    samples, ledger = load_samples(), Ledger()
    plan = load_plan(samples)
    with _interruption() as interrupted:
        async with (
            open_world(folder, samples=samples, plan=plan, ledger=ledger) as world,
            running_service(world.settings, data_dir=world.data_dir, environ=world.environ, log=log) as service,
        ):
            scene = Scene(ledger, Progress(seconds, len(plan)), samples, world.watchlists)
            with choose_show(console, scene, plain=plain) as show:
                ending = await _first_of(
                    _play(world, service, scene.progress),
                    _after(service.wait(), Ending.SERVICE_ENDED),
                    _after(interrupted.wait(), Ending.INTERRUPTED),
                    _draw(world, show),
                )
            print_summary(console, scene, ending)
            console.print("Stopping the service …", style="dim")
    return has_passed(ledger, ending)


async def _play(world: World, service: Service, progress: Progress) -> Ending:
    """Publish everything at its time and wait for the alerts."""
    try:
        await asyncio.wait_for(service.ready.wait(), START_S)
    except TimeoutError:
        return Ending.NEVER_STARTED
    progress.started_at = time.time()
    for publication, at in zip(world.plan, times(len(world.plan), seconds=progress.seconds), strict=True):
        await asyncio.sleep(at - progress.elapsed_s(time.time()))
        world.publish(publication)
    await asyncio.sleep(progress.seconds - progress.elapsed_s(time.time()))
    await _until(world.ledger.is_complete, within_s=PATIENCE_S)
    return Ending.FINISHED


async def _draw(world: World, show: Show) -> Ending:
    """Keep the view up to date; never ends by itself."""
    while True:
        world.look_into_mailbox()
        show.refresh()
        await asyncio.sleep(_TICK_S)


async def _until(condition: Callable[[], bool], *, within_s: float) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if condition():
            return
        await asyncio.sleep(_TICK_S)


async def _after(event: Coroutine[Any, Any, object], ending: Ending) -> Ending:
    await event
    return ending


async def _first_of(*ways_to_end: Coroutine[Any, Any, Ending]) -> Ending:
    """Run all at once; return what the first to end returns, or raise what it raises, and cancel the others."""
    tasks = [asyncio.create_task(way) for way in ways_to_end]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()


@contextmanager
def _interruption() -> Iterator[asyncio.Event]:
    """Give an event that Ctrl-C, a SIGTERM or the closing of the terminal sets."""
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, interrupted.set)
    try:
        yield interrupted
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _show_log(console: Console, log: Path) -> None:
    """Show the end of the service's log, and keep the whole of it outside the folder that goes."""
    kept = Path(tempfile.gettempdir()) / f"news-monitor-demo-{os.getpid()}.log"
    shutil.copyfile(log, kept)
    lines = ["", "The service's last words:", *last_lines(log, _LOG_LINES), f"Its whole log: {kept}"]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
