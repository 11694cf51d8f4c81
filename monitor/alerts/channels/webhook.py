"""Posts JSON to an address, signed by Standard Webhooks (https://www.standardwebhooks.com, docs/webhook.md).

`webhook-id` and body are the same at every attempt; timestamp and signature belong to the attempt. While a secret is
changed over, there is a signature by the new one and one by the old. Redirects are not followed: a signed alert goes
where the settings say, or nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from monitor.alerts.outcome import Outcome, of_fetch_error, of_http_status
from monitor.alerts.pace import Pace
from monitor.alerts.signature import SECRET_PREFIX, key_of
from monitor.alerts.wording import clip, one_line
from monitor.errors import DeliveryError, FetchError
from monitor.model import Delivery
from monitor.net.client import Client
from monitor.net.messages import Request

#: Of the receiver's answer only a line is ever shown.
_MAX_ANSWER_BYTES = 64 * 1024
_MAX_ANSWER_TEXT = 300
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
#: Headers that frame the request or carry the signature are ours.
_OURS = frozenset(
    {"connection", "content-length", "content-type", "host", "te", "trailer", "transfer-encoding", "upgrade"}
    | {"webhook-id", "webhook-timestamp", "webhook-signature"}
)


class WebhookChannel:
    """One endpoint; the client is shared, and whoever made it closes it."""

    def __init__(
        self,
        client: Client,
        *,
        channel_id: str,
        url: str,
        secrets: Sequence[str],
        headers: Mapping[str, str],
        timeout_s: float,
        content_type: str = "application/json",
        rate: tuple[int, float] | None = None,
    ) -> None:
        """`secrets`: each "whsec_" and base64, the newest first; none: unsigned. `rate`: so many in so many seconds.

        Raises DeliveryError for an unusable secret or header.
        """
        self._client = client
        self._url = url
        self._shown_url = f"webhook {channel_id}"
        self._signers = [_signer(secret, channel_id) for secret in secrets]
        self._headers = _checked(headers, channel_id)
        self._timeout_s = timeout_s
        self._content_type = content_type
        #: Waited for before each attempt.
        self.pace = Pace(*([rate] if rate else []))

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Post the body once and read the answer."""
        request = Request(
            url=self._url,
            method="POST",
            headers={**self._headers, **self._own_headers(delivery, attempted_at)},
            body=delivery.body.encode(),
            timeout_s=self._timeout_s,
            max_bytes=_MAX_ANSWER_BYTES,
            follow_redirects=False,
            shown_url=self._shown_url,
        )
        try:
            response = await self._client.send(request)
        except FetchError as error:
            return of_fetch_error(error, now=attempted_at)
        text = clip(one_line(response.body.decode("utf-8", "replace")), _MAX_ANSWER_TEXT)
        return of_http_status(response.status, response.headers, now=attempted_at, text=text)

    async def close(self) -> None:
        """Do nothing: the connections are the client's."""

    def _own_headers(self, delivery: Delivery, attempted_at: datetime) -> dict[str, str]:
        headers = {
            "Content-Type": self._content_type,
            "webhook-id": delivery.id,
            "webhook-timestamp": str(int(attempted_at.timestamp())),
        }
        at = attempted_at.astimezone(UTC)
        if self._signers:
            headers["webhook-signature"] = " ".join(each.sign(delivery.id, at, delivery.body) for each in self._signers)
        return headers


def _signer(secret: str, channel_id: str) -> Webhook:
    key = key_of(secret)
    if key is None:
        raise DeliveryError(channel_id, f'the signing secret must be "{SECRET_PREFIX}" and base64')
    return Webhook(key)


def _checked(headers: Mapping[str, str], channel_id: str) -> dict[str, str]:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise DeliveryError(channel_id, f"header {name!r} has a character that no HTTP header may have")
        if name.lower() in _OURS:
            raise DeliveryError(channel_id, f"header {name!r} is set by the service itself: leave it out")
    return dict(headers)
