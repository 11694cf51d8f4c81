"""The parsing process: tasks on its standard input to replies on its standard output, one after the other.

Started by `parser_pool`, which kills it at the time limit. Bounds itself in memory, and ends when its input ends, that
is, also when its parent dies. Loads no more than parsing needs, so that it stays small.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import BinaryIO

from monitor.errors import ParseError
from monitor.feeds.reading.document import parse_document
from monitor.feeds.reading.entries import ParseTask
from monitor.feeds.reading.frames import Reply, frame, read_task

#: Peak memory above which the process makes place for a fresh one: the allocator seldom gives memory back.
_RETIRE_BYTES = 150 * 1024**2
#: How long after the parent's time limit the process ends itself, should the parent have died in the meantime.
_GRACE_S = 5


def main() -> None:
    """Serve until the input ends."""
    arguments = argparse.ArgumentParser(description="Parse feed documents for the poller; not for use by hand.")
    arguments.add_argument("--timeout-s", type=float, required=True)
    arguments.add_argument("--memory-bytes", type=int, required=True)
    limits = arguments.parse_args()
    # The parent decides when to stop: it closes the input once the last document is answered.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _limit_memory(limits.memory_bytes)
    with suppress(BrokenPipeError):
        _serve(sys.stdin.buffer, _private_stdout(), last_resort_s=math.ceil(limits.timeout_s) + _GRACE_S)


def _limit_memory(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # macOS knows the limit and refuses to set it.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _private_stdout() -> BinaryIO:
    """Take standard output for the replies; whatever a library prints goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _serve(tasks: BinaryIO, answers: BinaryIO, *, last_resort_s: int) -> None:
    _send(answers, Reply())
    while task := read_task(tasks):
        signal.alarm(last_resort_s)
        reply = _reply(task)
        signal.alarm(0)
        _send(answers, reply)
        if reply.last:
            return


def _send(answers: BinaryIO, reply: Reply) -> None:
    answers.write(frame(reply))
    answers.flush()


def _reply(task: ParseTask) -> Reply:
    try:
        return Reply(parsed=parse_document(task), last=_peak_bytes() > _RETIRE_BYTES)
    except ParseError as error:
        return Reply(error=error.cause, last=_peak_bytes() > _RETIRE_BYTES)
    except MemoryError:
        return Reply(error="needs more memory than a feed may take", last=True)
    except Exception as error:
        return Reply(error=f"the parser failed: {type(error).__name__}: {str(error)[:200]!r}", last=True)


def _peak_bytes() -> int:
    """Tell the most memory that this process has used; on Linux not by getrusage, which begins at its parent's peak."""
    if sys.platform == "linux":
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 -- this process imports as little as it can
            peak = next((line for line in status if line.startswith("VmHWM:")), "VmHWM: 0 kB")
        return int(peak.split()[1]) * 1024
    peak_used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_used if sys.platform == "darwin" else peak_used * 1024


if __name__ == "__main__":
    main()
