"""A mailbox folder holds each delivery once, as any Maildir reader expects it."""

from __future__ import annotations

import errno
import mailbox
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from monitor.alerts.channels.mailbox import MailboxChannel
from monitor.alerts.outcome import ChannelAtFault, Delivered
from tests.alerts.samples import NOW, a_delivery


async def put(folder: Path, number: int = 1, **fields: Any) -> object:
    return await MailboxChannel(folder).send(a_delivery(number, **fields), attempted_at=NOW)


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.glob("*/*")]


async def test_a_message_stands_in_new_as_any_reader_expects_it(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "mail"
    assert await put(folder, 1) == Delivered("written")
    assert await put(folder, 2) == Delivered("written")
    messages = list(mailbox.Maildir(folder, create=False))
    assert sorted(message["Subject"] for message in messages) == ["message 1", "message 2"]
    assert all(b"\r" not in file.read_bytes() for file in (folder / "new").iterdir())
    assert list((folder / "tmp").iterdir()) == []


async def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    await put(folder)
    for path in (folder, folder / "new", folder / "cur", folder / "tmp"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


@pytest.mark.parametrize("moved_to", ["new/{}", "cur/{}", "cur/{}:2,", "cur/{}:2,RS", "cur/{},S=80:2,S"])
async def test_a_repeat_writes_nothing_wherever_a_reader_has_put_the_message(tmp_path: Path, moved_to: str) -> None:
    await put(tmp_path)
    name = a_delivery().id
    (tmp_path / "new" / name).rename(tmp_path / moved_to.format(name))
    assert await put(tmp_path) == Delivered("was there already")
    assert names(tmp_path) == [Path(moved_to.format(name)).name]


async def test_a_draft_that_a_crash_left_behind_does_not_stop_the_message(tmp_path: Path) -> None:
    await put(tmp_path, 2)
    (tmp_path / "tmp" / f"{a_delivery().id}.{os.getpid()}").write_text("half")
    assert await put(tmp_path) == Delivered("written")
    assert (tmp_path / "new" / a_delivery().id).read_text().endswith("hello\n")


async def test_a_place_that_is_no_folder_is_the_channels_fault_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = await put(tmp_path / "file" / "mail")
    assert outcome == ChannelAtFault(f"cannot write to the mailbox: {os.strerror(errno.ENOTDIR)}")


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EACCES, errno.EROFS])
async def test_a_disk_that_refuses_leaves_no_half_message_and_the_next_attempt_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(fault, os.strerror(fault))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        assert await put(tmp_path) == ChannelAtFault(f"cannot write to the mailbox: {os.strerror(fault)}")
    assert names(tmp_path) == []
    assert await put(tmp_path) == Delivered("written")
