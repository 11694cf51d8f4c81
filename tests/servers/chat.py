"""A chat service as a robot's owner knows it: it checks signature and shape of each call, then answers as scripted.

It speaks as Feishu, DingTalk, WeCom, Slack or Telegram; refusals that a test scripts are given to the letter.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs

from tests.servers.http import Answer, HttpServer, Request
from tests.servers.script import Script

#: Part of every address, and of the signature of those that sign.
TOKEN = "73a3d5a3-ceff-4da8-bcf3-ff5891778aaa"
BOT = f"123456:{TOKEN}"
SECRET = "SEC0123456789abcdef"

PATHS = {
    "feishu": f"/open-apis/bot/v2/hook/{TOKEN}",
    "dingtalk": f"/robot/send?access_token={TOKEN}",
    "wecom": f"/cgi-bin/webhook/send?key={TOKEN}",
    "slack": f"/services/T0000/B0000/{TOKEN}",
    "telegram": f"/bot{BOT}/sendMessage",
}


def answer(fields: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    """Answer with JSON; `Retry_After` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"Content-Type": "application/json", **named}, json.dumps(fields).encode())


def words(text: str, status: int, **headers: str) -> Answer:
    """Answer with plain text, as Slack does."""
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text.encode())


OK = {
    "feishu": answer({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}),
    "dingtalk": answer({"errcode": 0, "errmsg": "ok"}),
    "wecom": answer({"errcode": 0, "errmsg": "ok"}),
    "slack": words("ok", 200),
    "telegram": answer({"ok": True, "result": {"message_id": 7}}),
}


class ChatServer(HttpServer):
    """One service on one port of 127.0.0.1."""

    def __init__(self, service: str) -> None:
        super().__init__(self._answer)
        self.service = service
        self.script: Script[Answer] = Script(OK[service])
        #: Bodies in order of arrival, and the targets that they were posted to.
        self.bodies: list[dict[str, Any]] = []
        self.targets: list[str] = []
        #: Whether the robot checks signatures.
        self.signed = False
        #: How many messages it takes in how many seconds; None: as many as come.
        self.limit: tuple[int, float] | None = None
        self._taken: list[float] = []

    @property
    def url(self) -> str:
        """The whole address of the robot."""
        return self.address + PATHS[self.service]

    def _answer(self, request: Request) -> Answer:
        assert request.method == "POST"
        assert request.headers["content-type"].startswith("application/json")
        body = json.loads(request.body)
        self.bodies.append(body)
        self.targets.append(request.target)
        if request.path != PATHS[self.service].partition("?")[0] or TOKEN not in request.target:
            return Answer(404)
        if self.signed and not _is_signed(self.service, request.target, body):
            return BAD_SIGNATURE[self.service]
        return TOO_FAST[self.service] if self._is_too_fast() else self.script.next()

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        self._taken.append(now)
        return self.limit is not None and sum(at > now - self.limit[1] for at in self._taken) > self.limit[0]


TOO_FAST = {
    "feishu": answer({"code": 11232, "msg": "frequency limited"}),
    "dingtalk": answer({"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}),
    "wecom": answer({"errcode": 45009, "errmsg": "api freq out of limit"}),
    "slack": words("rate_limited", 429, Retry_After="7"),
    "telegram": answer({"ok": False, "error_code": 429, "parameters": {"retry_after": 34}}, 429),
}
BAD_SIGNATURE = {
    "feishu": answer({"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}),
    "dingtalk": answer({"errcode": 310000, "errmsg": "sign not match"}),
}


def _is_signed(service: str, target: str, body: dict[str, Any]) -> bool:
    """Check as the services' own examples sign."""
    if service == "feishu":
        key, message = f"{body.get('timestamp')}\n{SECRET}", ""
        signature = body.get("sign")
    else:
        fields = parse_qs(target.partition("?")[2])
        key, message = SECRET, f"{fields.get('timestamp', [''])[0]}\n{SECRET}"
        signature = fields.get("sign", [""])[0]
    return signature == base64.b64encode(hmac.digest(key.encode(), message.encode(), hashlib.sha256)).decode()
