"""The settings in force: published whole by one, read part by part by all. Promise 6."""

from __future__ import annotations

import asyncio

import pytest

from monitor.errors import StoreError
from monitor.queue.codec import SCHEMA
from monitor.queue.publication import Edition, Publication, digest_of
from monitor.queue.store import Store
from tests.queue.made import NOW

PARTS = {"feeds/0": b"\x00\xff f", "watchlists/a": "牛油果".encode(), "version": b"a part of any name", "": b""}


async def publish(store: Store, parts: dict[str, bytes], *, replaces: Edition | None = None) -> Edition:
    publication = Publication(store)
    version = await publication.publish(parts, origin="host:/s.toml", now=NOW, replaces=replaces)
    edition = await publication.edition()
    assert edition is not None
    assert edition.version == version
    return edition


async def test_nothing_is_in_force_before_the_first_publication(any_store: Store) -> None:
    assert await Publication(any_store).version() == 0
    assert await Publication(any_store).edition() is None


async def test_what_was_published_is_read_to_the_byte(any_store: Store) -> None:
    edition = await publish(any_store, PARTS)
    assert (edition.version, edition.origin, edition.published_at) == (1, "host:/s.toml", NOW.isoformat())
    assert edition.digest == digest_of(PARTS)
    assert await Publication(any_store).fetch(edition, have={}) == PARTS


async def test_only_changed_parts_are_read(any_store: Store) -> None:
    first = await publish(any_store, PARTS)
    changed = {**PARTS, "feeds/0": b"new", "feeds/1": b"more"}
    del changed["watchlists/a"]
    second = await publish(any_store, changed, replaces=first)
    assert (second.version, second.digest) == (2, digest_of(changed))
    fetched = await Publication(any_store).fetch(second, have=first.manifest)
    assert fetched == {"feeds/0": b"new", "feeds/1": b"more"}
    assert await any_store.run("HEXISTS", any_store.keys.settings, "part:watchlists/a") == 0


async def test_only_changed_parts_are_sent(store: Store) -> None:
    first = await publish(store, {"big": b"x" * 3_000_000, "small": b"1"})
    before = await received(store)
    await publish(store, {"big": b"x" * 3_000_000, "small": b"2"}, replaces=first)
    assert await received(store) - before < 100_000


async def test_many_parts_are_read_whole(any_store: Store) -> None:
    parts = {f"watchlists/{n}": f"{n}".encode() for n in range(1_000)}
    assert await Publication(any_store).fetch(await publish(any_store, parts), have={}) == parts


async def test_of_two_publishers_one_wins(any_store: Store, other_store: Store) -> None:
    edition: Edition | None = None
    for n in range(10):
        results = await asyncio.gather(
            publish(any_store, {"a": b"one %d" % n}, replaces=edition),
            publish(other_store, {"a": b"two %d" % n}, replaces=edition),
            return_exceptions=True,
        )
        (lost,) = [each for each in results if isinstance(each, StoreError)]
        assert lost.temporary
        edition = await Publication(any_store).edition()
        assert edition is not None
        assert edition.version == n + 1
        assert await Publication(other_store).fetch(edition, have={}) in ({"a": b"one %d" % n}, {"a": b"two %d" % n})


async def test_a_publisher_that_knows_of_none_replaces_none(any_store: Store) -> None:
    await publish(any_store, PARTS)
    with pytest.raises(StoreError, match="others were published"):
        await publish(any_store, {"a": b"1"})
    assert await Publication(any_store).version() == 1


async def test_an_edition_replaced_while_it_is_read_is_read_again(any_store: Store) -> None:
    first = await publish(any_store, PARTS)
    second = await publish(any_store, {**PARTS, "feeds/0": b"new"}, replaces=first)
    with pytest.raises(StoreError, match="version 1 was replaced") as caught:
        await Publication(any_store).fetch(first, have={})
    assert caught.value.temporary
    third = await publish(any_store, {"feeds/0": b"new"}, replaces=second)
    with pytest.raises(StoreError, match="version 2 was replaced"):
        await Publication(any_store).fetch(second, have={"feeds/0": third.manifest["feeds/0"]})


async def test_what_a_newer_version_published_is_not_read(any_store: Store) -> None:
    await publish(any_store, PARTS)
    await any_store.run("HSET", any_store.keys.settings, "v", SCHEMA + 1)
    with pytest.raises(StoreError, match="newer version: upgrade"):
        await Publication(any_store).edition()


def test_the_digest_of_parts_depends_on_names_and_bytes_and_not_on_their_order() -> None:
    assert digest_of(PARTS) == digest_of(dict(reversed(PARTS.items())))
    others = [{**PARTS, "x": b""}, {**PARTS, "": b"x"}, {"a": b"bc"}, {"ab": b"c"}, {}]
    assert len({digest_of(parts) for parts in [PARTS, *others]}) == 6


async def test_a_refused_file_is_named_until_it_is_accepted(any_store: Store) -> None:
    publication = Publication(any_store)
    await publication.refuse("b:/s.toml", reason="line 3: no such key", now=NOW)
    await publication.refuse("a:/s.toml", reason="first", now=NOW)
    await publication.refuse("a:/s.toml", reason="second " + "x" * 5_000, now=NOW)
    first, second = await publication.refusals()
    assert (first.origin, first.reason[:10], len(first.reason)) == ("a:/s.toml", "second xxx", 4_000)
    assert (second.origin, second.refused_at) == ("b:/s.toml", NOW.isoformat())
    await publication.accept("a:/s.toml")
    assert await publication.refusals() == [second]


async def received(store: Store) -> int:
    """Tell how many bytes the server got so far."""
    rows = (await store.run("INFO", "stats")).splitlines()
    return int(next(row.partition(":")[2] for row in rows if row.startswith("total_net_input_bytes:")))


async def test_whoever_reads_what_is_in_force_is_given_a_newer_edition_where_it_is_replaced_meanwhile(
    any_store: Store,
) -> None:
    first = await publish(any_store, PARTS)
    second = await publish(any_store, {**PARTS, "feeds/0": b"new"}, replaces=first)

    class Late(Publication):
        """Sees the first edition, and at once the second takes its place."""

        seen = iter([first])

        async def edition(self) -> Edition | None:
            return next(self.seen, None) or await super().edition()

    assert await Late(any_store).read() == (second, {**PARTS, "feeds/0": b"new"})


async def test_a_part_that_is_damaged_is_an_error_rather_than_a_wait_for_ever(any_store: Store) -> None:
    await publish(any_store, PARTS)
    await any_store.run("HSET", any_store.keys.settings, "part:feeds/0", "damaged")
    with pytest.raises(StoreError, match="version 1"):
        await Publication(any_store).read()


async def test_before_the_first_publication_nothing_is_read(any_store: Store) -> None:
    assert await Publication(any_store).read() is None
