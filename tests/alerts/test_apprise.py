"""The channel for all other services: the library itself against a server of ours, and the library missing."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import pytest

from monitor.alerts.channels.apprise import AppriseChannel
from monitor.alerts.outcome import Delivered, Later
from monitor.errors import DeliveryError
from tests.alerts.samples import a_delivery
from tests.servers import HANG_UP, Answer, held
from tests.servers.http import HttpServer, Request

DELIVERY = a_delivery(body='{"title":"Otter 水獭","body":"Teal 青鸭"}')


class Service(HttpServer):
    """Takes what the library posts as JSON."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(self._take)
        self.answer = answer
        self.bodies: list[bytes] = []

    def _take(self, request: Request) -> Answer:
        self.bodies.append(request.body)
        return self.answer

    @property
    def url(self) -> str:
        """The address as the library writes it."""
        return f"json://127.0.0.1:{self.port}/secret-path"


async def send(service: Service, *, timeout_s: float = 10.0) -> object:
    channel = AppriseChannel(channel_id="rest", url=f" {service.url}\n", timeout_s=timeout_s)
    try:
        return await channel.send(DELIVERY, attempted_at=datetime.now(UTC))
    finally:
        await channel.close()


async def test_what_the_library_took_is_delivered() -> None:
    async with Service(Answer()) as service:
        assert await send(service) == Delivered("Apprise: accepted")
    (body,) = service.bodies
    assert (json.loads(body)["title"], json.loads(body)["message"]) == ("Otter 水獭", "Teal 青鸭")


@pytest.mark.parametrize("answer", [Answer(500), Answer(400), HANG_UP], ids=["500", "400", "hung up"])
async def test_what_it_did_not_take_is_tried_again(answer: Answer) -> None:
    async with Service(answer) as service:
        assert await send(service) == Later("Apprise: not accepted")


async def test_a_service_that_hangs_costs_its_own_time_limit_and_no_second_thread() -> None:
    waiting, release = held(Answer())
    async with Service(waiting) as service:
        channel = AppriseChannel(channel_id="rest", url=service.url, timeout_s=0.2)
        first = await channel.send(DELIVERY, attempted_at=datetime.now(UTC))
        second = await channel.send(DELIVERY, attempted_at=datetime.now(UTC))
        assert isinstance(first, Later)
        assert isinstance(second, Later)
        assert len(service.bodies) <= 2
        release.set()


@pytest.mark.parametrize(
    "url", ["", "https://token@", "nosuch://secret-token", "json://a json://b", "json://a, json://b"]
)
def test_an_address_that_the_library_does_not_know_is_refused_unseen(url: str) -> None:
    with pytest.raises(DeliveryError, match="one Apprise URL") as raised:
        AppriseChannel(channel_id="rest", url=url, timeout_s=1)
    assert "token" not in str(raised.value)


def test_without_the_library_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(DeliveryError, match=r"pip install 'news-monitor\[apprise\]'"):
        AppriseChannel(channel_id="rest", url="json://127.0.0.1", timeout_s=1)
