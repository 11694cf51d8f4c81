"""What a webhook's body is said to be."""

from __future__ import annotations

from monitor.settings.channels import WebhookChannel

CLOUDEVENTS = "cloudevents"


def content_type_of(channel: WebhookChannel) -> str:
    """Return the Content-Type of a channel's bodies."""
    if channel.format == CLOUDEVENTS:
        return "application/cloudevents+json"
    return channel.content_type or "application/json"


def is_json(content_type: str) -> bool:
    """Tell whether a content type is JSON (RFC 6839, section 3.1)."""
    return content_type.partition(";")[0].strip().lower().endswith(("/json", "+json"))
