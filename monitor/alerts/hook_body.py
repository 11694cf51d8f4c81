"""Turns an alert, or a notice, into the body that a webhook's receiver gets: ours, a CloudEvent, or what it dictates.

A body never exceeds `MAX_PAYLOAD_BYTES`, that of a digest `MAX_DIGEST_BYTES`: less is told of an alert until it fits. A
template of the user's own that fails is said, and ours stands in: no alert is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from monitor.alerts.content_type import CLOUDEVENTS, content_type_of, is_json
from monitor.alerts.identity import delivery_id
from monitor.alerts.links import Links
from monitor.alerts.own_templates import SHIPPED, OwnTemplates
from monitor.alerts.payload import (
    MAX_DIGEST_BYTES,
    MAX_PAYLOAD_BYTES,
    Payload,
    alert_payload,
    details,
    notice_payload,
    written,
)
from monitor.alerts.sandbox import Template
from monitor.errors import DeliveryError
from monitor.model import DIGEST_CREATED, Alert, Notice
from monitor.settings.channels import WebhookChannel


def hook_body(
    alert: Alert, channel: WebhookChannel, *, links: Links | None = None, templates: OwnTemplates = SHIPPED
) -> str:
    """Return the body of an alert for a channel: the same at every attempt."""
    answers = _answers(alert, channel, links) if links else None
    return _body(lambda: (alert_payload(alert, detail, answers) for detail in details(alert)), channel, templates)


def notice_hook_body(notice: Notice, channel: WebhookChannel, *, templates: OwnTemplates = SHIPPED) -> str:
    """Return the body of an operator's notice for a channel."""
    return _body(lambda: [notice_payload(notice)], channel, templates)


def templated(template: Template, payload: Payload, *, content_type: str) -> str:
    """Return what a template makes of a payload. Raises DeliveryError where it fails, or makes no JSON and must."""
    try:
        body = template.render(payload, alert=payload)
    except Exception as error:  # a template can raise whatever it likes
        raise DeliveryError("body_template", f"{type(error).__name__}: {error}") from error
    if is_json(content_type):
        try:
            json.loads(body)
        except ValueError as error:
            raise DeliveryError("body_template", f"what it makes is no JSON: {error}") from error
    return body


def _body(payloads: Callable[[], Iterable[Payload]], channel: WebhookChannel, templates: OwnTemplates) -> str:
    template = templates.bodies.get(channel.body_template or "")
    if template is not None:
        try:
            return _fitting(payloads(), lambda each: templated(template, each, content_type=content_type_of(channel)))
        except DeliveryError as error:
            templates.complain(f"channel {channel.id}: {error}; the standard body is sent")
    if channel.format == CLOUDEVENTS:
        return _fitting(payloads(), lambda each: written(_event(each, channel)))
    return _fitting(payloads(), written)


def _fitting(payloads: Iterable[Payload], write: Callable[[Payload], str]) -> str:
    """Return the first body that is short enough; the last where none is."""
    body = ""
    for payload in payloads:
        body = write(payload)
        limit = MAX_DIGEST_BYTES if payload["type"] == DIGEST_CREATED else MAX_PAYLOAD_BYTES
        if len(body.encode("utf-8", "surrogatepass")) <= limit:
            break
    return body


def _event(payload: Payload, channel: WebhookChannel) -> Payload:
    """Wrap a payload in a CloudEvent, structured mode (CloudEvents 1.0.2; JSON event format 1.0.2)."""
    watchlist = payload.get("watchlist", {}).get("id")
    return {
        "specversion": "1.0",
        "id": delivery_id(payload["id"], channel.id, channel.id),
        "source": f"/watchlists/{watchlist}" if watchlist else "/operator",
        "type": payload["type"],
        "subject": payload.get("story", payload)["id"],
        "time": payload["created_at"],
        "datacontenttype": "application/json",
        "data": payload,
    }


def _answers(alert: Alert, channel: WebhookChannel, links: Links) -> dict[str, str]:
    return {
        "relevant": links.feedback(alert.id, alert.watchlist_id, "yes"),
        "not_relevant": links.feedback(alert.id, alert.watchlist_id, "no"),
        "mute": links.mute(alert.id, alert.watchlist_id, channel.id, channel.id),
    }
