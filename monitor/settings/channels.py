"""The form of `[[channels]]` and of `[mail]`: the ways out, one class for each kind.

Pure data with validation of single entries. A channel's secrets, whole addresses among them, stand here only as the
name of an environment variable (`*_env`) or of a file (`*_file`). Every key is explained in docs/settings.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from monitor.settings.policy import PolicySettings, Rate
from monitor.settings.section import SecretHeader, Section
from monitor.settings.values import (
    ChatId,
    ContentType,
    Headers,
    HttpAddress,
    Id,
    MailAddress,
    PublicAddress,
    Sender,
    Span,
    Text,
    Variable,
    at_most_one,
    exactly_one,
    user_with_password,
)


class MailSettings(Section):
    """The mail server that `email` channels use unless they name their own."""

    host: Text | None = None
    port: int = Field(default=587, ge=1, le=65535)
    #: "starttls" (required, never silently left out), "tls" from the first byte, or "none".
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: Text | None = None
    password_env: Variable | None = None
    password_file: Text | None = None
    #: Sender, "News monitor <news@example.org>".
    sender: Sender | None = None
    #: Where reports of undeliverable mail go (the envelope's sender); unset: to the sender's address.
    bounce_to: MailAddress | None = None
    #: Folder of templates of the user's own, mail.html and mail.txt; relative to the settings file.
    templates: Text | None = None
    #: File of certificates to trust in place of the system's.
    ca_file: Text | None = None
    timeout: Span = Field(default=30.0, gt=0)
    #: Connections at once, of each channel.
    connections: int = Field(default=2, ge=1, le=20)

    @model_validator(mode="after")
    def _login(self) -> MailSettings:
        user_with_password(self.username, self.password_env, self.password_file)
        return self


class _Channel(Section):
    id: Id
    #: A channel switched off keeps its deliveries.
    enabled: bool = True
    #: When alerts are sent on it.
    policy: PolicySettings | None = None


class MailboxChannel(_Channel):
    """A Maildir folder on this machine."""

    type: Literal["mailbox"]
    #: Folder, made where it is missing; relative to the settings file.
    path: Text


class EmailChannel(_Channel):
    """Mail to one or more recipients, one message each."""

    type: Literal["email"]
    to: tuple[MailAddress, ...] = Field(min_length=1)
    #: Replaces `[mail]` for this channel as a whole.
    mail: MailSettings | None = None


class WebhookChannel(_Channel):
    """JSON by POST, signed by Standard Webhooks."""

    type: Literal["webhook"]
    url: HttpAddress | None = None
    url_env: Variable | None = None
    url_file: Text | None = None
    #: Signing secret, "whsec_" and base64.
    secret_env: Variable | None = None
    secret_file: Text | None = None
    #: The secret before it, with which calls are signed too while receivers change over.
    former_secret_env: Variable | None = None
    former_secret_file: Text | None = None
    headers: Headers = Field(default_factory=dict)
    secret_headers: tuple[SecretHeader, ...] = ()
    #: Requests at once to this endpoint.
    concurrency: int = Field(default=8, ge=1, le=100)
    #: Requests in a span of time, "10/1s".
    rate: Rate | None = None
    timeout: Span = Field(default=15.0, gt=0)
    #: The JSON of docs/webhook.md, or that as the data of a CloudEvent.
    format: Literal["standard", "cloudevents"] = "standard"
    #: Template of a body that the receiver dictates; relative to the settings file.
    body_template: Text | None = None
    #: What the template makes; unset: JSON.
    content_type: ContentType | None = None

    @model_validator(mode="after")
    def _one_address(self) -> WebhookChannel:
        exactly_one(url=self.url, url_env=self.url_env, url_file=self.url_file)
        return self

    @model_validator(mode="after")
    def _secrets(self) -> WebhookChannel:
        given = at_most_one(secret_env=self.secret_env, secret_file=self.secret_file)
        former = at_most_one(former_secret_env=self.former_secret_env, former_secret_file=self.former_secret_file)
        if former and not given:
            raise PydanticCustomError("former_secret", "a former secret needs secret_env or secret_file beside it")
        return self

    @model_validator(mode="after")
    def _one_body(self) -> WebhookChannel:
        if self.body_template and self.format != "standard":
            raise PydanticCustomError("one_body", "only one of format and body_template", {"key": "body_template"})
        if self.content_type and not self.body_template:
            raise PydanticCustomError("one_body", "stands beside body_template only", {"key": "content_type"})
        return self


class HookChannel(_Channel):
    """A channel whose whole address is the secret: whoever has it can write to the group."""

    url_env: Variable | None = None
    url_file: Text | None = None
    timeout: Span = Field(default=15.0, gt=0)

    @model_validator(mode="after")
    def _one_address(self) -> HookChannel:
        exactly_one(url_env=self.url_env, url_file=self.url_file)
        return self


class _SignedHook(HookChannel):
    #: Where the robot checks signatures.
    secret_env: Variable | None = None
    secret_file: Text | None = None

    @model_validator(mode="after")
    def _one_secret(self) -> _SignedHook:
        at_most_one(secret_env=self.secret_env, secret_file=self.secret_file)
        return self


class FeishuChannel(_SignedHook):
    """A custom bot of Feishu or Lark."""

    type: Literal["feishu"]


class DingTalkChannel(_SignedHook):
    """A custom robot of DingTalk."""

    type: Literal["dingtalk"]


class WeComChannel(HookChannel):
    """A group robot of WeCom."""

    type: Literal["wecom"]


class SlackChannel(HookChannel):
    """An incoming webhook of Slack."""

    type: Literal["slack"]


class TelegramChannel(_Channel):
    """A bot of Telegram, in one chat."""

    type: Literal["telegram"]
    token_env: Variable | None = None
    token_file: Text | None = None
    #: Number of a person, group or channel, or the "@name" of a public one.
    chat_id: ChatId
    #: Topic of a group that has topics.
    thread_id: int | None = Field(default=None, ge=1)
    #: A Bot API server of one's own.
    api_base: PublicAddress = "https://api.telegram.org"
    timeout: Span = Field(default=15.0, gt=0)

    @model_validator(mode="after")
    def _one_token(self) -> TelegramChannel:
        exactly_one(token_env=self.token_env, token_file=self.token_file)
        return self


class AppriseChannel(HookChannel):
    """Any service that the library Apprise knows."""

    type: Literal["apprise"]


#: Those whose messages are rendered by `monitor.alerts.chat`.
ChatChannel: TypeAlias = (
    FeishuChannel | DingTalkChannel | WeComChannel | SlackChannel | TelegramChannel | AppriseChannel
)
AnyChannel: TypeAlias = MailboxChannel | EmailChannel | WebhookChannel | ChatChannel
Channel = Annotated[AnyChannel, Field(discriminator="type")]
#: By the word that `type` has for each.
KINDS: Mapping[str, type[AnyChannel]] = {
    get_args(each.model_fields["type"].annotation)[0]: each for each in get_args(AnyChannel)
}
