"""Bodies come out as they went in, and no body costs more memory than its limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.net.coding import Body, BodyError

MB = 1024 * 1024
TEXT = "新闻 news ".encode() * 500


def raw_deflate(data: bytes) -> bytes:
    """Compress as servers do that take "deflate" by its word (RFC 1951)."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "X-GZip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
    "deflate , gzip": lambda data: gzip.compress(zlib.compress(data)),
}


def unpack(coding: str, packed: bytes, *, piece_bytes: int = 1000, max_bytes: int = 10 * MB) -> bytes:
    """Feed a body piece by piece and finish it."""
    body = Body(coding, max_bytes=max_bytes)
    for start in range(0, len(packed), piece_bytes):
        body.feed(packed[start : start + piece_bytes])
    return body.finish()


@pytest.mark.parametrize("piece_bytes", [1, 7, 100_000])
@pytest.mark.parametrize("coding", PACKERS)
def test_a_body_comes_out_as_it_went_in(coding: str, piece_bytes: int) -> None:
    assert unpack(coding, PACKERS[coding](TEXT), piece_bytes=piece_bytes) == TEXT


def test_a_deflate_body_without_its_zlib_header_is_read_too() -> None:
    assert unpack("deflate", raw_deflate(TEXT)) == TEXT


@given(
    coding=st.sampled_from(["gzip", "deflate", "br", "gzip, br"]),
    length=st.integers(65_530, 65_545) | st.integers(131_065, 131_080) | st.integers(0, 300_000),
    piece_bytes=st.integers(1, 5_000),
)
def test_no_length_makes_a_step_lose_the_end_of_a_body(coding: str, length: int, piece_bytes: int) -> None:
    data = (b"0123456789abcdef" * (length // 16 + 1))[:length]
    assert unpack(coding, PACKERS[coding](data), piece_bytes=piece_bytes) == data


@pytest.mark.parametrize(
    ("tail", "body"),
    [
        (gzip.compress(b" and more"), b"news and more"),
        (gzip.compress(b"") + gzip.compress(b"!"), b"news!"),
        (b"\0" * 512, b"news"),
        (b"\n", b"news"),
    ],
)
@pytest.mark.parametrize("piece_bytes", [1, 1000])
def test_gzip_members_are_joined_and_what_is_no_member_is_ignored(tail: bytes, body: bytes, piece_bytes: int) -> None:
    assert unpack("gzip", gzip.compress(b"news") + tail, piece_bytes=piece_bytes) == body


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, br"])
def test_an_empty_body_is_empty_whatever_its_coding(coding: str) -> None:
    assert Body(coding, max_bytes=10).finish() == b""


@pytest.mark.parametrize(
    ("coding", "packed", "cause"),
    [
        ("gzip", gzip.compress(TEXT)[:-1], "ends too early"),
        ("gzip", gzip.compress(TEXT)[:30], "ends too early"),
        ("deflate", zlib.compress(TEXT)[:-1], "ends too early"),
        ("br", brotli.compress(TEXT)[:-1], "ends too early"),
        ("gzip, br", brotli.compress(gzip.compress(TEXT)[:-1]), "ends too early"),
        ("gzip", b"<rss/>", "broken"),
        ("gzip", gzip.compress(TEXT)[:-8] + b"\0" * 8, "broken"),
        ("deflate", b"xml", "broken"),
        ("br", b"<rss/>", "broken"),
        ("br", brotli.compress(b"news") + b"junk", "broken"),
        ("gzip", gzip.compress(b"") * 2000, "more than 1000 members"),
        ("zstd", b"x", "'zstd' was not asked for"),
        ("gzip, gzip, gzip", b"x", "compressed 3 times over"),
    ],
)
def test_a_body_that_is_not_what_its_header_says_is_named(coding: str, packed: bytes, cause: str) -> None:
    with pytest.raises(BodyError, match=cause):
        unpack(coding, packed)


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_a_body_of_just_the_limit_passes_and_one_byte_more_does_not(coding: str) -> None:
    data = bytes(range(256)) * 400
    assert unpack(coding, PACKERS[coding](data), max_bytes=len(data)) == data
    with pytest.raises(BodyError, match=r"larger than 102,399 bytes \(net.max_bytes\)"):
        unpack(coding, PACKERS[coding](data), max_bytes=len(data) - 1)


def zeros(total_bytes: int) -> Iterator[bytes]:
    """Give so many zero bytes without holding them."""
    for _ in range(total_bytes // MB):
        yield bytes(MB)


def gzip_of(blocks: Iterator[bytes]) -> bytes:
    """Compress a stream that would not fit into memory."""
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    return b"".join(map(packer.compress, blocks)) + packer.flush()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """128 MB in 128 KB; what would follow in a longer one is never looked at."""
    return gzip_of(zeros(128 * MB))


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "gzip, br"])
@pytest.mark.parametrize("max_bytes", [10 * MB, 10_000 * MB])
def test_a_bomb_is_refused_before_it_has_cost_its_limit(bomb: bytes, coding: str, max_bytes: int) -> None:
    outer = {"gzip": bytes, "gzip, gzip": gzip.compress, "gzip, br": brotli.compress}[coding]
    packed = outer(bomb)
    tracemalloc.start()
    with pytest.raises(BodyError, match=r"larger than|bomb"):
        unpack(coding, packed, piece_bytes=64 * 1024, max_bytes=max_bytes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * MB


def test_a_bomb_below_the_limit_is_told_by_its_ratio() -> None:
    with pytest.raises(BodyError, match="over 200 times its compressed size"):
        unpack("gzip", gzip_of(zeros(8 * MB)))


def test_a_coding_that_hides_endless_nothing_is_refused(bomb: bytes) -> None:
    # The inner gzip ends at once and ignores what follows, so the body itself never grows.
    inner = gzip_of(iter([gzip.compress(b"news"), *zeros(64 * MB)]))
    with pytest.raises(BodyError, match=r"larger than|bomb"):
        unpack("gzip, gzip", inner)
