"""Encoded chunks of a body -> the body, never holding more of it than the limit allows.

Pure: bytes in, bytes out. Written out here because the HTTP library's own decoder takes one coding only, passes a
truncated gzip as whole and knows no ratio. Chunks are inflated in steps of some 64 KB, each counted before the next,
so a bomb costs no more memory than an honest body of the largest size.
"""

from __future__ import annotations

import zlib
from typing import Protocol

import brotli

#: A body larger than this must not be more than so many times its size on the wire. Feeds reach 5 to 30; gzip can
#: reach 1,032 and brotli far more.
_RATIO_FROM_BYTES = 1024 * 1024
_MAX_RATIO = 200
#: Codings in a row ("gzip, br"): no honest server has more.
_MAX_CODINGS = 2
_MAX_MEMBERS = 1000
#: Output of one step; brotli may go over it by its next buffer of 64 KB.
_STEP_BYTES = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 16 + zlib.MAX_WBITS


class BodyError(Exception):
    """Raised when a body is over its limits or not coded as its header says; the message is the cause in words."""


class Decoding(Protocol):
    """One content coding, undone step by step."""

    def feed(self, data: bytes) -> bytes:
        """Take more of the body and return one step of output; with b"" go on with what is held."""

    @property
    def has_more(self) -> bool:
        """Whether feed(b"") may give more without new input."""

    @property
    def complete(self) -> bool:
        """Whether the coded body has come to its end."""


class Body:
    """Collects the decoded body of one response within `max_bytes`: on the wire, after each coding and decoded."""

    def __init__(self, content_encoding: str, *, max_bytes: int) -> None:
        self._decodings = _decodings(content_encoding)
        self._max_bytes = max_bytes
        #: Bytes received, then bytes that each decoding has given.
        self._sizes = [0] * (len(self._decodings) + 1)
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk as it came over the wire; raises BodyError."""
        self._pass_on(chunk, 0)

    def finish(self) -> bytes:
        """Return the whole body; raises BodyError where its coding has not come to its end."""
        if self._sizes[0] and not all(decoding.complete for decoding in self._decodings):
            raise BodyError("the compressed body ends too early")
        return b"".join(self._chunks)

    def _pass_on(self, data: bytes, stage: int) -> None:
        """Pass data through the decodings from `stage` on, depth first, so that no stage piles anything up."""
        self._count(data, stage)
        if stage == len(self._decodings):
            self._chunks.append(data)
            return
        decoding = self._decodings[stage]
        while True:
            decoded = _decoded(decoding, data)
            if decoded:
                self._pass_on(decoded, stage + 1)
            if not decoding.has_more:
                return
            data = b""

    def _count(self, data: bytes, stage: int) -> None:
        self._sizes[stage] += len(data)
        size, received = self._sizes[stage], self._sizes[0]
        if size > self._max_bytes:
            raise too_large(self._max_bytes)
        if size > max(_RATIO_FROM_BYTES, received * _MAX_RATIO):
            raise BodyError(f"the body is a decompression bomb: over {_MAX_RATIO} times its compressed size")


def too_large(max_bytes: int) -> BodyError:
    """Make the error for a body over its limit."""
    return BodyError(f"the body is larger than {max_bytes:,} bytes (net.max_bytes)")


def _decoded(decoding: Decoding, data: bytes) -> bytes:
    try:
        return decoding.feed(data)
    except (zlib.error, brotli.error) as error:
        raise BodyError(f"the compressed body is broken: {error}") from error


def _decodings(content_encoding: str) -> list[Decoding]:
    """List the decodings of a Content-Encoding header in the order in which they are undone (RFC 9110, 8.4)."""
    names = [name for part in content_encoding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if len(names) > _MAX_CODINGS:
        raise BodyError(f"the body is compressed {len(names)} times over")
    unknown = [name for name in names if name not in _CODINGS]
    if unknown:
        raise BodyError(f"the content coding {unknown[0]!r} was not asked for")
    return [_CODINGS[name]() for name in reversed(names)]


class _Zlib:
    """What gzip and deflate share: one stream of RFC 1951 and the input that it has not taken yet."""

    def __init__(self, *, wbits: int) -> None:
        self._inflate = zlib.decompressobj(wbits=wbits)
        self._held = b""
        self._full = False

    def feed(self, data: bytes) -> bytes:
        decoded = self._inflate.decompress(self._held + data, _STEP_BYTES)
        self._held = self._inflate.unconsumed_tail
        # A full step may have left output behind although all input is taken.
        self._full = len(decoded) == _STEP_BYTES
        return decoded

    @property
    def has_more(self) -> bool:
        return not self._inflate.eof and (self._full or bool(self._held))

    @property
    def complete(self) -> bool:
        return self._inflate.eof


class _Gzip(_Zlib):
    """RFC 1952: one or more members; what follows the last one and is no member is ignored, as by all readers."""

    def __init__(self) -> None:
        super().__init__(wbits=_GZIP_WBITS)
        self._members = 1

    def feed(self, data: bytes) -> bytes:
        if self._inflate.eof:
            data, self._held = self._held + data, b""
            if not self._begins_member(data):
                return b""
        decoded = super().feed(data)
        if self._inflate.eof:
            self._held = self._inflate.unused_data
        return decoded

    def _begins_member(self, data: bytes) -> bool:
        if len(data) < len(_GZIP_MAGIC) and _GZIP_MAGIC.startswith(data):
            self._held = data
            return False
        if not data.startswith(_GZIP_MAGIC):
            return False
        self._members += 1
        # Each member copies the rest of its chunk: many tiny ones would cost quadratic time.
        if self._members > _MAX_MEMBERS:
            raise BodyError(f"the gzip body has more than {_MAX_MEMBERS} members")
        self._inflate = zlib.decompressobj(wbits=_GZIP_WBITS)
        return True

    @property
    def has_more(self) -> bool:
        return len(self._held) >= len(_GZIP_MAGIC) if self._inflate.eof else super().has_more


class _Deflate(_Zlib):
    """RFC 1950 (zlib); servers that send bare RFC 1951 are told by the first byte."""

    def __init__(self) -> None:
        super().__init__(wbits=zlib.MAX_WBITS)
        self._started = False

    def feed(self, data: bytes) -> bytes:
        if data and not self._started:
            self._started = True
            if data[0] & 0x0F != zlib.DEFLATED:
                self._inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        return super().feed(data)


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self._inflate = brotli.Decompressor()
        self._full = False

    def feed(self, data: bytes) -> bytes:
        decoded = bytes(self._inflate.process(data, output_buffer_limit=_STEP_BYTES))
        # As with zlib; the library says that it can take more although it has not looked at the end yet.
        self._full = len(decoded) >= _STEP_BYTES
        return decoded

    @property
    def has_more(self) -> bool:
        return not self.complete and (self._full or not self._inflate.can_accept_more_data())

    @property
    def complete(self) -> bool:
        return bool(self._inflate.is_finished())


_CODINGS: dict[str, type[_Gzip] | type[_Deflate] | type[_Brotli]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
}
