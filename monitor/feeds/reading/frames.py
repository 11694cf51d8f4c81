"""What passes between the poller and a parsing process: MessagePack behind a length, four bytes, big-endian.

Both ends know the types; nothing is ever unpickled.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from monitor.feeds.reading.entries import ParsedFeed, ParseTask

LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one `ParseTask`, or, with neither, the word that the process is ready."""

    parsed: ParsedFeed | None = None
    #: Cause of the ParseError.
    error: str = ""
    #: True where the process ends after this answer.
    last: bool = False


_encoder = msgspec.msgpack.Encoder()
_task_decoder = msgspec.msgpack.Decoder(ParseTask)
_reply_decoder = msgspec.msgpack.Decoder(Reply)


def frame(message: ParseTask | Reply) -> bytes:
    """Encode one message with its length before it."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


def decode_reply(body: bytes) -> Reply:
    """Decode the message of one frame from the parsing process; raises msgspec.DecodeError."""
    return _reply_decoder.decode(body)


def read_task(stream: BinaryIO) -> ParseTask | None:
    """Read one frame from the poller; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = stream.read(length)
    return _task_decoder.decode(body) if len(body) == length else None
