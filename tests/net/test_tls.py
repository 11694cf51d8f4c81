"""TLS: who is trusted, and what each failure is called."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from monitor.errors import FetchError
from monitor.net.client import Request
from tests.net.conftest import MakeClient, https_server, serving

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority of the tests' own."""
    return trustme.CA()


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    """Trust in that authority alone."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_a_trusted_server_is_read(make_client: MakeClient, authority: trustme.CA, trust: ssl.SSLContext) -> None:
    async with https_server(serving(authority.issue_cert("127.0.0.1"))) as url:
        answer = await make_client(trust=trust).send(Request(url=url))
    assert (answer.body, answer.url) == (b"secret news", url)


@pytest.mark.parametrize(
    ("identity", "not_after", "trusted", "cause"),
    [
        ("127.0.0.1", YESTERDAY, True, "certificate has expired"),
        ("other.example", None, True, "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        ("127.0.0.1", None, False, "unable to get local issuer certificate"),
    ],
)
async def test_a_certificate_that_is_not_valid_is_named(
    make_client: MakeClient,
    authority: trustme.CA,
    trust: ssl.SSLContext,
    identity: str,
    not_after: datetime | None,
    trusted: bool,
    cause: str,
) -> None:
    certificate = authority.issue_cert(identity, not_before=YESTERDAY - timedelta(days=1), not_after=not_after)
    async with https_server(serving(certificate)) as url:
        with pytest.raises(FetchError) as caught:
            await make_client(trust=trust if trusted else None).send(Request(url=url))
    error = caught.value
    assert (error.phase, error.temporary, error.status) == ("tls", True, None)
    assert error.cause == f"the certificate of 127.0.0.1 is not valid: {cause}"


async def test_a_self_signed_certificate_is_named(
    make_client: MakeClient, authority: trustme.CA, tmp_path: Path
) -> None:
    chain = tmp_path / "self-signed.pem"
    chain.write_bytes(authority.private_key_pem.bytes() + authority.cert_pem.bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    async with https_server(context) as url:
        with pytest.raises(FetchError) as caught:
            await make_client().send(Request(url=url))
    assert caught.value.phase == "tls"
    assert caught.value.cause == "the certificate of 127.0.0.1 is not valid: self-signed certificate"


async def test_a_server_without_tls_is_named(make_client: MakeClient) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchError) as caught:
            await make_client().send(Request(url=f"https://127.0.0.1:{port}/"))
    assert caught.value.phase == "tls"
    assert caught.value.cause.startswith(f"no TLS connection to 127.0.0.1:{port}: ")
