"""What redis-py and the server say went wrong -> StoreError, with the remedy where there is one. Pure.

`temporary` decides whether a worker waits or gives the work up, so every error that a restart, a failover or a full
server can cause is temporary here; what remains is a fault of ours, or of the settings.
"""

from __future__ import annotations

from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import TimeoutError as NoAnswerError

from monitor.errors import StoreError

#: The key is elsewhere by now: ask again which server has it.
MOVED = (MovedError, AskError, ClusterDownError, TryAgainError)
#: The server is away, or not ready yet.
GONE = (LostConnectionError, NoAnswerError, BusyLoadingError, OSError)
#: First words of other refusals that pass: a failover, a replica missing, a slow script, a blocked read let go.
_PASSING = ("NOREPLICAS", "BUSY ", "UNBLOCKED")


class UnknownScriptError(StoreError):
    """Raised when the server does not have the script yet; its text is then sent."""


class ServerFullError(StoreError):
    """Raised when the server refuses writes because its memory or its disk is full."""


def named(subject: str, error: BaseException) -> StoreError:
    """Name an error of redis-py or of a connection; `subject` is the server's address without its password."""
    text = str(error) or type(error).__name__
    match error:
        case NoScriptError():
            return UnknownScriptError(subject, text)
        case OutOfMemoryError():
            cause = "its memory limit is reached: raise maxmemory, or let the notifiers catch up"
            return ServerFullError(subject, cause)
        case ReadOnlyError():
            return StoreError(subject, f"it is a replica by now, or again: {text}")
        case AuthenticationError() | LostConnectionError(__cause__=AuthenticationError()):
            return StoreError(subject, f"it refuses the user or password of redis.url: {text}", temporary=False)
        case ResponseError() if not isinstance(error, MOVED):
            return _refusal(subject, text)
    if isinstance(error, (*GONE, *MOVED, RedisClusterException)):
        return StoreError(subject, f"no answer: {text}")
    return StoreError(subject, text)


def _refusal(subject: str, text: str) -> StoreError:
    if "MISCONF" in text[:200]:
        return ServerFullError(subject, f"it cannot write its files (disk full?): {text}")
    return StoreError(subject, text, temporary=text.startswith(_PASSING))
