"""Changes of the files are told, however they are made; what is no change is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from monitor.settings import watch
from monitor.settings.load import Loader
from monitor.settings.watch import changes

LONGEST_S = 10.0


@pytest.fixture(autouse=True)
def by_messages_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave only the file system's own messages: what is told is told by one of them."""
    monkeypatch.setattr(watch, "_LOOK_MS", 60_000)


@pytest.fixture
def by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, for what no message tells."""
    monkeypatch.setattr(watch, "_LOOK_MS", 100)


def settings_in(folder: Path) -> Path:
    path = folder / "settings.toml"
    path.write_text('include = ["lists/*.toml", "late/*.jsonl"]\n')
    (folder / "lists").mkdir()
    (folder / "lists/a.toml").write_text('[[watchlists]]\nid = "a"\nterms = ["A"]\n')
    return path


@asynccontextmanager
async def watching(loader: Loader) -> AsyncIterator[Callable[[], Awaitable[asyncio.Task[None]]]]:
    """Give a function that begins to wait for the next change, and loads it when it is told."""
    stop = asyncio.Event()
    async with aclosing(changes(loader, stop)) as told:

        async def next_change() -> None:
            async with asyncio.timeout(LONGEST_S):
                await anext(told)
            loader.load()

        async def begin() -> asyncio.Task[None]:
            task = asyncio.create_task(next_change())
            await asyncio.sleep(0)  # its first step watches the folders: what changes from now on sends a message
            return task

        yield begin
    stop.set()


def rewrite(folder: Path) -> None:
    (folder / "settings.toml").write_text('include = ["lists/*.toml", "late/*.jsonl"]\n[net]\ntimeout = 3\n')


def replace(folder: Path) -> None:
    draft = folder / ".draft"
    draft.write_text('include = ["lists/*.toml"]\n')
    draft.replace(folder / "settings.toml")


def change_included(folder: Path) -> None:
    (folder / "lists/a.toml").write_text('[[watchlists]]\nid = "a"\nterms = ["B"]\n')


def add_included(folder: Path) -> None:
    (folder / "lists/b.toml").write_text('[[watchlists]]\nid = "b"\nterms = ["B"]\n')


def remove_included(folder: Path) -> None:
    (folder / "lists/a.toml").unlink()


def add_in_new_folder(folder: Path) -> None:
    (folder / "late").mkdir()
    (folder / "late/c.jsonl").write_text('{"id": "c", "terms": ["C"]}\n')


@pytest.mark.parametrize(
    "change", [rewrite, replace, change_included, add_included, remove_included, add_in_new_folder]
)
async def test_a_change_is_told(tmp_path: Path, change: Callable[[Path], None]) -> None:
    loader = Loader(settings_in(tmp_path), environ={})
    before = loader.load()
    async with watching(loader) as next_change:
        told = await next_change()
        change(tmp_path)
        await told
    assert loader.files != before.files


@pytest.mark.usefixtures("by_looking")
async def test_a_change_between_load_and_watch_is_told(tmp_path: Path) -> None:
    loader = Loader(settings_in(tmp_path), environ={})
    loader.load()
    rewrite(tmp_path)
    async with watching(loader) as next_change:
        await (await next_change())


async def test_a_swapped_link_is_told_as_containers_mount_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.toml").write_text(f'[net]\ncontact = "{name}"\n')
    (tmp_path / "current").symlink_to("one")
    (tmp_path / "settings.toml").symlink_to("current/settings.toml")
    loader = Loader(tmp_path / "settings.toml", environ={})
    loader.load()
    async with watching(loader) as next_change:
        told = await next_change()
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").replace(tmp_path / "current")
        await told
    assert loader.load().settings.net.contact == "two"


async def test_changes_that_follow_one_another_are_each_told(tmp_path: Path) -> None:
    loader = Loader(settings_in(tmp_path), environ={})
    loader.load()
    async with watching(loader) as next_change:
        for number in range(3):
            told = await next_change()
            (tmp_path / "lists/a.toml").write_text(f'[[watchlists]]\nid = "a"\nterms = ["{number}"]\n')
            await told
            assert loader.load().settings.watchlists[0].terms == (str(number),)


async def test_a_touched_file_and_a_foreign_file_are_no_change(tmp_path: Path) -> None:
    loader = Loader(settings_in(tmp_path), environ={})
    loader.load()
    async with watching(loader) as next_change:
        told = await next_change()
        (tmp_path / "settings.toml").touch()
        (tmp_path / "foreign.txt").write_text("x")
        rewrite(tmp_path)  # the only one that counts
        await told
        assert loader.look() == loader.files


async def test_stop_ends_the_watch(tmp_path: Path) -> None:
    loader = Loader(settings_in(tmp_path), environ={})
    loader.load()
    stop = asyncio.Event()

    async def count() -> int:
        return len([None async for _ in changes(loader, stop)])

    task = asyncio.ensure_future(count())
    await asyncio.to_thread(loader.look)
    stop.set()
    assert await asyncio.wait_for(task, LONGEST_S) == 0
