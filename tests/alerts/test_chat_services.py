"""Each chat service's answers, to the letter as it gives them, against a server that speaks it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts.channels import Paced, Sender, dingtalk, feishu, pace_of, wecom
from monitor.alerts.channels.dingtalk import dingtalk_channel
from monitor.alerts.channels.feishu import feishu_channel
from monitor.alerts.channels.posting import Codes, Hook
from monitor.alerts.channels.slack import slack_channel
from monitor.alerts.channels.telegram import hook_url, telegram_channel
from monitor.alerts.channels.wecom import wecom_channel
from monitor.alerts.outcome import ChannelAtFault, ChannelGone, Delivered, Later, MessageAtFault
from monitor.errors import DeliveryError
from monitor.net.client import Client
from monitor.net.messages import Limits
from tests.alerts.samples import a_delivery
from tests.servers import HANG_UP, Answer, redirect
from tests.servers.chat import BOT, SECRET, TOKEN, ChatServer, answer, words

SERVICES = ("feishu", "dingtalk", "wecom", "slack", "telegram")
DELIVERY = a_delivery(body='{"text":"水獭"}')
NOW = datetime(2026, 7, 10, 6, 3, 5, tzinfo=UTC)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(Limits(version="0", allow_hosts=("127.0.0.1",)), environ={}) as made:
        yield made


def channel_of(service: str, client: Client, server: ChatServer, *, secret: str | None = None) -> Sender:
    hook = Hook(client=client, channel_id="team", url=server.url, timeout_s=5, secret=secret)
    match service:
        case "feishu":
            return feishu_channel(hook)
        case "dingtalk":
            return dingtalk_channel(hook)
        case "wecom":
            return wecom_channel(hook)
        case "slack":
            return slack_channel(hook)
    return telegram_channel(hook, chat_id="-1001", thread_id=None)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_message_is_delivered_with_its_body_to_the_letter(service: str, client: Client) -> None:
    async with ChatServer(service) as server:
        outcome = await channel_of(service, client, server).send(DELIVERY, attempted_at=NOW)
    assert isinstance(outcome, Delivered)
    (body,) = server.bodies
    assert body.pop("chat_id", "-1001") == "-1001"
    assert body == {"text": "水獭"}


TOO_FAST_FOR_DINGTALK = "send too fast, exceed 20 times per minute"
NO_ROBOT = "invalid webhook url, hint: [1708397705432012366598976], from ip: 192.0.2.1, more info at …"
CASES = [
    ("feishu", answer({"code": 11232, "msg": "frequency limited psm"}), Later, 60.0),
    ("feishu", answer({"code": 9499, "msg": "too many request", "data": {}}, 400), Later, 60.0),
    ("feishu", answer({"StatusCode": 0, "StatusMessage": "", "code": 9499, "msg": "too many request"}), Later, 60.0),
    ("feishu", answer({"code": 9499, "msg": "Bad Request", "data": {}}), MessageAtFault, None),
    ("feishu", answer({"code": 19001, "msg": "incoming webhook access token invalid"}), ChannelAtFault, None),
    ("feishu", answer({"code": 19007, "msg": "Bot Not Enabled"}), ChannelAtFault, None),
    ("feishu", answer({"code": 19021, "msg": "sign match fail or timestamp is not …"}), ChannelAtFault, None),
    ("feishu", answer({"code": 19022, "msg": "Ip Not Allowed"}), ChannelAtFault, None),
    ("feishu", answer({"code": 19024, "msg": "Key Words Not Found"}), ChannelAtFault, None),
    ("feishu", answer({"code": 99, "msg": "of tomorrow"}), Later, None),
    ("feishu", answer({"StatusCode": 0, "StatusMessage": "success", "Extra": None}), Delivered, None),
    ("dingtalk", answer({"errcode": 130101, "errmsg": TOO_FAST_FOR_DINGTALK, "wait": 5}), Later, 600.0),
    ("dingtalk", answer({"errcode": 410100, "errmsg": "too fast"}), Later, 600.0),
    ("dingtalk", answer({"errcode": -1, "errmsg": "系统繁忙"}), Later, 10.0),
    ("dingtalk", answer({"errcode": 310000, "errmsg": "keywords not in content"}), ChannelAtFault, None),
    ("dingtalk", answer({"errcode": 310000, "errmsg": "ip 192.0.2.1 not in whitelist"}), ChannelAtFault, None),
    ("dingtalk", answer({"errcode": 300001, "errmsg": "token is not exist"}), ChannelAtFault, None),
    ("dingtalk", answer({"errcode": 400102, "errmsg": "机器人已停用"}), ChannelAtFault, None),
    ("dingtalk", answer({"errcode": 400013, "errmsg": "群已被解散"}), ChannelGone, None),
    ("dingtalk", answer({"errcode": 40035, "errmsg": "缺少参数 json"}), MessageAtFault, None),
    ("dingtalk", answer({"errcode": 90030, "errmsg": "webhook over limit"}), ChannelAtFault, None),
    ("dingtalk", answer({"errcode": 101002, "errmsg": "message is too long"}), MessageAtFault, None),
    ("dingtalk", answer({"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}), MessageAtFault, None),
    ("wecom", answer({"errcode": 45009, "errmsg": "api freq out of limit"}), Later, 60.0),
    ("wecom", answer({"errcode": -1, "errmsg": "system busy"}), Later, 10.0),
    ("wecom", answer({"errcode": 93000, "errmsg": NO_ROBOT}), ChannelAtFault, None),
    ("wecom", answer({"errcode": 93000, "errmsg": "Invalid input : content exceed max length."}), MessageAtFault, None),
    ("wecom", answer({"errcode": 40058, "errmsg": "markdown.content exceed max length 4096."}), MessageAtFault, None),
    ("slack", words("rate_limited", 429, Retry_After="7"), Later, 7.0),
    ("slack", words("", 429), Later, 30.0),
    ("slack", words("invalid_payload", 400), MessageAtFault, None),
    ("slack", words("invalid_token", 403), ChannelAtFault, None),
    ("slack", words("action_prohibited", 403), ChannelAtFault, None),
    ("slack", words("no_service", 404), ChannelAtFault, None),
    ("slack", words("channel_not_found", 404), ChannelAtFault, None),
    ("slack", words("user_not_found", 400), ChannelAtFault, None),
    ("slack", words("channel_is_archived", 410), ChannelGone, None),
    ("slack", words("rollup_error", 500), Later, None),
    ("slack", words("<html>sign in</html>", 200), ChannelAtFault, None),
    ("telegram", ("Too Many Requests: retry after 34", 429, {"retry_after": 34}), Later, 34.0),
    ("telegram", ("Unauthorized", 401, {}), ChannelAtFault, None),
    ("telegram", ("Not Found", 404, {}), ChannelAtFault, None),
    ("telegram", ("Forbidden: bot was blocked by the user", 403, {}), ChannelGone, None),
    ("telegram", ("Forbidden: bot was kicked from the supergroup chat", 403, {}), ChannelGone, None),
    ("telegram", ("Forbidden: bot can't initiate conversation with a user", 403, {}), ChannelAtFault, None),
    ("telegram", ("Bad Request: chat not found", 400, {}), ChannelAtFault, None),
    ("telegram", ("Bad Request: not enough rights to send text messages to the chat", 400, {}), ChannelAtFault, None),
    ("telegram", ("Bad Request: message thread not found", 400, {}), ChannelAtFault, None),
    ("telegram", ("Bad Request: message is too long", 400, {}), MessageAtFault, None),
    ("telegram", ("Bad Request: can't parse entities: Unsupported start tag", 400, {}), MessageAtFault, None),
    ("telegram", ("Bad Gateway", 502, {}), Later, None),
    # What is no answer of the service at all, whoever gave it.
    *((service, Answer(200, {}, b"<html>welcome to our network</html>"), ChannelAtFault, None) for service in SERVICES),
    *((service, answer({"fine": True}), ChannelAtFault, None) for service in SERVICES),
    *((service, Answer(502), Later, None) for service in SERVICES),
    *((service, redirect("/elsewhere"), ChannelAtFault, None) for service in SERVICES),
    *((service, HANG_UP, Later, None) for service in SERVICES),
    # Its beginning says 200, its words never came: nobody knows.
    *((service, Answer(200, {}, b'{"code": 0, "errcode": 0}', cut_after=5), Later, None) for service in SERVICES),
]


@pytest.mark.parametrize(("service", "said", "expected", "wait_s"), CASES)
async def test_an_answer_becomes_its_outcome(
    service: str, said: Answer | tuple[str, int, dict[str, int]], expected: type, wait_s: float | None, client: Client
) -> None:
    if isinstance(said, tuple):
        text, status, parameters = said
        fields = {"ok": False, "error_code": status, "description": text, "parameters": parameters}
        said = answer(fields, status)
    async with ChatServer(service) as server:
        server.script.then(said)
        outcome = await channel_of(service, client, server).send(DELIVERY, attempted_at=NOW)
    assert type(outcome) is expected, outcome
    if isinstance(outcome, Later):
        assert outcome.retry_after_s == wait_s
    assert outcome.answer


@pytest.mark.parametrize("service", ["feishu", "dingtalk"])
async def test_a_robot_that_checks_signatures_takes_ours_at_any_attempt(service: str, client: Client) -> None:
    async with ChatServer(service) as server:
        server.signed = True
        channel = channel_of(service, client, server, secret=SECRET)
        for attempt in range(2):
            outcome = await channel.send(DELIVERY, attempted_at=NOW + timedelta(minutes=attempt))
            assert isinstance(outcome, Delivered), outcome
        stamps = [server.targets[n] + str(server.bodies[n].get("timestamp")) for n in range(2)]
        assert stamps[0] != stamps[1]
        assert [body["text"] for body in server.bodies] == ["水獭", "水獭"]
        unsigned = await channel_of(service, client, server).send(DELIVERY, attempted_at=NOW)
    assert isinstance(unsigned, ChannelAtFault)
    assert "secret" in unsigned.answer


@pytest.mark.parametrize("service", SERVICES)
async def test_no_secret_is_shown_though_the_service_repeats_it(service: str, client: Client) -> None:
    async with ChatServer(service) as server:
        said = f"token {TOKEN} at {server.url} with {SECRET} is not valid"
        refusal = {"code": 19001, "msg": said, "errcode": 93000, "errmsg": said, "ok": False, "description": said}
        server.script.always(words(said, 404) if service == "slack" else answer(refusal, 404))
        channel = channel_of(service, client, server, secret=SECRET)
        answers = [(await channel.send(DELIVERY, attempted_at=NOW)).answer]
        await server.stop()
        answers.append((await channel.send(DELIVERY, attempted_at=NOW)).answer)
    for secret in (TOKEN, SECRET):
        assert secret not in "".join(answers), answers
    assert "***" in answers[0]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_private_address_gets_no_byte(service: str) -> None:
    async with ChatServer(service) as server, Client(Limits(version="0"), environ={}) as guarded:
        outcome = await channel_of(service, guarded, server).send(DELIVERY, attempted_at=NOW)
        assert isinstance(outcome, ChannelAtFault)
        assert "net.allow_hosts" in outcome.answer
        assert server.bodies == []


WAITS_S = {"feishu": 60, "dingtalk": 600, "wecom": 60, "slack": 7, "telegram": 34}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_wait_that_the_service_asks_for_holds_for_the_whole_channel(service: str, client: Client) -> None:
    clock = asyncio.get_running_loop().time
    async with ChatServer(service) as server:
        server.limit = (1, 60.0)
        channel = channel_of(service, client, server)
        assert isinstance(channel, Paced)
        assert isinstance(await channel.send(DELIVERY, attempted_at=NOW), Delivered)
        assert pace_of(channel).rest_s(clock()) == 0
        outcome = await channel.send(DELIVERY, attempted_at=NOW)
    assert isinstance(outcome, Later)
    assert outcome.retry_after_s == WAITS_S[service]
    assert WAITS_S[service] - 1 < pace_of(channel).rest_s(clock()) <= WAITS_S[service]


async def test_a_group_that_became_a_supergroup_is_named(client: Client) -> None:
    async with ChatServer("telegram") as server:
        said = "Bad Request: group chat was upgraded to a supergroup chat"
        fields = {"ok": False, "error_code": 400, "description": said, "parameters": {"migrate_to_chat_id": -1009}}
        server.script.then(answer(fields, 400))
        outcome = await channel_of("telegram", client, server).send(DELIVERY, attempted_at=NOW)
    assert isinstance(outcome, ChannelAtFault)
    assert "set chat_id to -1009" in outcome.answer


async def test_a_topic_and_an_address_of_ones_own(client: Client) -> None:
    async with ChatServer("telegram") as server:
        url = hook_url(server.address + "/", f" {BOT}\n", channel_id="team")
        hook = Hook(client=client, channel_id="team", url=url, timeout_s=5)
        outcome = await telegram_channel(hook, chat_id="@desk", thread_id=7).send(DELIVERY, attempted_at=NOW)
    assert isinstance(outcome, Delivered)
    assert server.bodies[0] == {"text": "水獭", "chat_id": "@desk", "message_thread_id": 7}


@pytest.mark.parametrize("token", ["", "123456", f"bot{BOT}", f"{BOT}/../x", "https://api.telegram.org/bot1:a"])
def test_a_token_that_is_none_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(DeliveryError, match="@BotFather") as raised:
        hook_url("https://api.telegram.org", token, channel_id="team")
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize("codes", [feishu.CODES, dingtalk.CODES, wecom.CODES], ids=["feishu", "dingtalk", "wecom"])
def test_the_docs_name_every_code(codes: Codes) -> None:
    said = (
        (Path(__file__).parents[2] / "docs/channels.md")
        .read_text("utf-8")
        .replace("430101 to 430104", "430101 430102 430103 430104")
    )
    for code in (*codes.later, *codes.channel, *codes.gone, *codes.message):
        assert re.search(rf"(?<!\d){code}(?!\d)", said), code
