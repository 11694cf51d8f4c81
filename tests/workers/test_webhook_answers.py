"""What each answer of a webhook receiver leads to, from the item to the receiver: the table of docs/webhook.md."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from mailbox import Maildir
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.alerts import retry
from monitor.queue.codec import SCHEMA
from monitor.queue.keys import shard_of
from monitor.queue.letters import DeadLetters
from monitor.queue.registry import Registry
from monitor.queue.store import Store, mapping
from tests.servers.http import Answer, held
from tests.servers.webhooks import OK, WebhookReceiver
from tests.workers.crew import Crew, crew

SHARD = shard_of("qwen")


def settings_of(hook: WebhookReceiver, *, more: str = "") -> str:
    """Write the settings of a crew that tells one receiver of everything about Qwen."""
    return f"""
[net]
allow_hosts = ["127.0.0.1"]

[[channels]]
id = "hook"
type = "webhook"
url = "{hook.url()}"
secret_env = "HOOK_SECRET"
timeout = "500ms"

[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[watchlists]]
id = "qwen"
terms = ["Qwen"]
channels = ["hook"]
{more}"""


@asynccontextmanager
async def telling(store: Store, folder: Path, *, more: str = "") -> AsyncIterator[tuple[Crew, WebhookReceiver]]:
    """Run a matcher and a notifier that tell a receiver."""
    async with (
        WebhookReceiver() as hook,
        crew(store, folder, settings_of(hook, more=more), "matcher", "notifier") as gathered,
    ):
        yield gathered, hook


async def open_deliveries(store: Store) -> dict[str, dict[str, str]]:
    """Read what is open on the hook, by title of its item; `wait_s` has the seconds until the next attempt."""
    seconds, microseconds = await store.run("TIME")
    rows = await store.run("ZRANGE", store.keys.outbox(SHARD, "hook"), 0, -1, "WITHSCORES")
    found = {}
    for delivery, score in zip(rows[::2], rows[1::2], strict=True):
        record = mapping(await store.run("HGETALL", store.keys.delivery(SHARD, delivery)))
        wait_s = (float(score) - int(microseconds)) / 1e6 - int(seconds)
        found[json.loads(record["body"])["items"][0]["title"]] = record | {"wait_s": f"{wait_s:.3f}"}
    return found


async def fall_due(store: Store) -> None:
    """Let the next attempt of all that is open on the hook be due now; a lane sees it when it is next woken."""
    key = store.keys.outbox(SHARD, "hook")
    for delivery in await store.run("ZRANGE", key, 0, -1):
        await store.run("ZADD", key, 0, delivery)


def told(hook: WebhookReceiver) -> list[str]:
    """List the titles of the accepted alerts, in order."""
    return [call.payload["items"][0]["title"] for call in hook.calls if call.accepted]


def limited(retry_after: str, status: int = 429) -> Answer:
    """Make an answer with a Retry-After."""
    return Answer(status=status, headers={"Retry-After": retry_after})


def in_two_hours() -> str:
    """Write a date as HTTP does."""
    return format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)


async def test_what_passes_is_tried_again_when_the_ladder_or_the_receiver_says(store: Store, tmp_path: Path) -> None:
    cases = {
        "500": (Answer(status=500, body=b"disk full"), "HTTP 500 Internal Server Error: disk full", 5, 6),
        "408": (Answer(status=408), "HTTP 408 Request Timeout", 5, 6),
        "425": (Answer(status=425), "HTTP 425 Too Early", 5, 6),
        "429 in 90 s": (limited("90"), "HTTP 429 Too Many Requests", 90, 91),
        "too many, back sooner than the rung": (limited("1"), "HTTP 429 Too Many Requests", 5, 6),
        "503 with a date": (limited(in_two_hours(), 503), "HTTP 503 Service Unavailable", 7_190, 7_202),
        "time-out": (held(Answer(status=500))[0], "no complete answer in time (net.timeout)", 5, 6),
        "hang-up": (Answer(raw=b""), "the connection was lost before the answer: Server disconnected", 5, 6),
    }
    async with telling(store, tmp_path) as (workers, hook):
        hook.script.then(*(answer for answer, _, _, _ in cases.values()))
        began = asyncio.get_running_loop().time()
        await workers.publish(*(f"Qwen: {name}" for name in cases))
        await workers.eventually(lambda status: status["channels"][1]["retried"] == len(cases))
        found = await open_deliveries(store)
        passed_s = asyncio.get_running_loop().time() - began
        assert {name: found[f"Qwen: {name}"]["answer"] for name in cases} == {
            name: said for name, (_, said, _, _) in cases.items()
        }
        waits = {
            name: (float(found[f"Qwen: {name}"]["wait_s"]), least, most) for name, (_, _, least, most) in cases.items()
        }
        assert not {name: wait for name, wait in waits.items() if not wait[1] - passed_s < wait[0] < wait[2]}
        assert {record["attempts"] for record in found.values()} == {"1"}
        assert (await workers.channel("hook"))["state"] == "good"


async def test_a_failed_delivery_may_be_overtaken_and_never_changes(store: Store, tmp_path: Path) -> None:
    async with telling(store, tmp_path) as (workers, hook):
        hook.script.then(Answer(status=500))
        await workers.publish("Qwen one")
        await hook.called(1)
        await workers.publish("Qwen two")
        await hook.alerted(1)
        await fall_due(store)
        await workers.publish("Qwen three")
        await hook.alerted(3)
        assert told(hook) == ["Qwen two", "Qwen one", "Qwen three"]
        assert hook.calls[0].id == hook.calls[2].id
        assert not hook.altered
        await workers.eventually(lambda status: status["channels"][1]["delivered"] == 3)


async def test_first_attempts_of_a_watchlist_arrive_in_order_of_creation(store: Store, tmp_path: Path) -> None:
    titles = [f"Qwen {number}" for number in range(100)]
    async with telling(store, tmp_path) as (workers, hook):
        await workers.publish(*titles)
        await hook.alerted(len(titles))
    assert told(hook) == titles
    created = [call.payload["created_at"] for call in hook.calls]
    assert created == sorted(created)


async def refusing(hook: WebhookReceiver) -> None:
    hook.script.always(Answer(status=401, body=b"who are you?"))


async def accepting(hook: WebhookReceiver) -> None:
    hook.script.always(OK)


@pytest.mark.parametrize(
    ("down", "up", "said"),
    [
        (refusing, accepting, "HTTP 401 Unauthorized: who are you?"),
        (WebhookReceiver.stop, WebhookReceiver.start, "cannot connect to 127.0.0.1"),
    ],
    ids=["401", "connection-refused"],
)
async def test_a_channel_at_fault_says_so_waits_probes_itself_and_goes_on_in_order(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    down: Callable[[WebhookReceiver], Awaitable[object]],
    up: Callable[[WebhookReceiver], Awaitable[object]],
    said: str,
) -> None:
    monkeypatch.setattr(retry, "_FIRST_PROBE_S", 0.05)
    monkeypatch.setattr(retry, "_LAST_PROBE_S", 0.2)
    titles = [f"Qwen {number}" for number in range(5)]
    async with telling(store, tmp_path) as (workers, hook):
        await down(hook)
        await workers.publish(*titles)
        await workers.eventually(
            lambda status: (
                status["channels"][1]["state"] == "waiting"
                and status["channels"][1]["answer"].startswith(said)
                and bool(status["channels"][1]["next_probe_at"])
                and status["channels"][1]["open"] == len(titles)
            )
        )
        assert {call.payload["items"][0]["title"] for call in hook.calls} <= {"Qwen 0"}, "only the probe goes out"
        await up(hook)
        await hook.alerted(len(titles))
        assert told(hook) == titles
        await workers.eventually(lambda status: status["channels"][1]["state"] == "good")
        row = await workers.channel("hook")
        assert (row["open"], row["delivered"], row["retried"], row["dead"]) == (0, len(titles), 0, 0)


async def test_410_disables_the_channel_until_a_person_undoes_it(store: Store, tmp_path: Path) -> None:
    registry = Registry(store)
    async with telling(store, tmp_path) as (workers, hook):
        hook.script.then(Answer(status=410, body=b"unsubscribed"))
        await workers.publish("Qwen one", "Qwen two")
        await workers.eventually(lambda status: status["channels"][1]["state"] == "disabled")
        (override,) = (await workers.status())["overrides"]
        assert override["id"] == "channel-disabled:hook"
        assert override["reason"] == "HTTP 410 Gone: unsubscribed"
        row = await workers.channel("hook")
        assert (row["open"], row["dead"], row["answer"]) == (2, 0, "HTTP 410 Gone: unsubscribed")
        assert len(hook.calls) == 1

        await workers.join("notifier")  # another one heeds the override, too
        await workers.publish("Qwen three")
        await workers.eventually(lambda status: status["channels"][1]["open"] == 3)
        assert len(hook.calls) == 1

        assert await registry.undo("channel-disabled:hook")
        await hook.alerted(3)
        assert told(hook) == ["Qwen one", "Qwen two", "Qwen three"]
        await workers.eventually(lambda status: status["channels"][1]["state"] == "good")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(status=400, body=b"title too long"), "HTTP 400 Bad Request: title too long"),
        (Answer(status=302, headers={"Location": "/"}), "HTTP 302 Found (redirects are not followed)"),
    ],
    ids=["400", "302"],
)
async def test_a_message_at_fault_is_a_dead_letter_with_the_answer_and_can_be_replayed(
    store: Store, tmp_path: Path, answer: Answer, said: str
) -> None:
    letters = DeadLetters(store)
    async with telling(store, tmp_path) as (workers, hook):
        hook.script.then(answer)
        await workers.publish("Qwen one", "Qwen two")
        await hook.alerted(1)
        await workers.eventually(lambda status: status["dead_letters"] == 1)
        (letter,) = await letters.list()
        assert (letter.kind, letter.channel, letter.reason) == ("delivery", "hook", said)
        assert (await workers.channel("hook"))["dead"] == 1
        assert await letters.replay(letter.id)
        await workers.publish("Qwen three")
        await hook.alerted(3)
        assert sorted(told(hook)) == ["Qwen one", "Qwen three", "Qwen two"]
        assert await letters.list() == []
        assert not hook.altered


async def test_a_hanging_webhook_holds_up_nobody_else(store: Store, tmp_path: Path) -> None:
    both = '[[watchlists]]\nid = "both"\nterms = ["Avocado"]\nchannels = ["hook", "box"]\n'
    async with telling(store, tmp_path, more=both) as (workers, hook):
        answer, release = held(OK)
        hook.script.always(answer)
        await workers.publish(*(f"Avocado {number}" for number in range(20)))
        await workers.eventually(lambda status: status["channels"][0]["delivered"] == 20)
        assert (await workers.channel("hook"))["delivered"] == 0
        assert len(Maildir(tmp_path / "mail", create=False)) == 20
        release.set()
        await hook.alerted(20)


async def test_deliveries_that_only_a_newer_version_can_read_hold_up_nobody(store: Store, tmp_path: Path) -> None:
    newer = [f"dlv_{number}" for number in range(20)]
    for each in newer:
        await store.run("HSET", store.keys.delivery(SHARD, each), "v", SCHEMA + 1, "state", "open")
        await store.run("ZADD", store.keys.outbox(SHARD, "hook"), 1, each)
    await store.run("SADD", store.keys.channels(SHARD), "hook")
    with capture_logs() as logs:
        async with telling(store, tmp_path) as (workers, hook):
            await workers.publish("Qwen one")
            await hook.alerted(1)
            await workers.eventually(lambda status: status["channels"][1]["open"] == len(newer))
    passed = [entry["delivery"] for entry in logs if entry["event"] == "delivery passed over"]
    assert set(passed) == set(newer)
    assert len(passed) <= 3 * len(newer), "it looks again now and then, not without end"


async def test_a_damaged_delivery_is_given_up_with_its_reason_and_told_once(store: Store, tmp_path: Path) -> None:
    key = store.keys.delivery(SHARD, "dlv_torn")
    await store.run("HSET", key, "v", SCHEMA, "state", "open", "watchlist", "qwen", "body", b"\xff{")
    await store.run("ZADD", store.keys.outbox(SHARD, "hook"), 1, "dlv_torn")
    await store.run("SADD", store.keys.channels(SHARD), "hook")
    with capture_logs() as logs:
        async with telling(store, tmp_path) as (workers, hook):
            await workers.publish("Qwen one")
            await hook.alerted(1)
            await workers.eventually(lambda status: (status["dead_letters"], status["channels"][1]["open"]) == (1, 0))
    (letter,) = await DeadLetters(store).list()
    assert (letter.delivery, letter.channel) == ("dlv_torn", "hook")
    assert letter.reason.startswith("store: delivery dlv_torn: its record lacks ")
    assert [entry["reason"] for entry in logs if entry["event"] == "buried"] == [letter.reason]
