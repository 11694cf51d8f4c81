"""What a failed request is called names no secret."""

from __future__ import annotations

import errno

import aiohttp

from monitor.net.failures import Progress, failure


def test_an_address_that_the_library_repeats_is_not_shown() -> None:
    raised = aiohttp.ClientOSError(errno.EPIPE, "Can not write request body for https://chat.example/hook/secret-token")
    error = failure("channel team", raised, Progress(phase="send"))
    assert "secret-token" not in str(error)
    assert error.cause == "the connection was lost before the answer: Broken pipe"
