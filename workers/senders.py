"""The channels of the settings in force, with their secrets, rebuilt one by one as they change.

A secret that cannot be read holds up the one channel that needs it, with a clear word, never its neighbours.
"""

from __future__ import annotations

import sys
from datetime import datetime

import structlog

from monitor.alerts.channels import Sender
from monitor.alerts.channels.apprise import AppriseChannel
from monitor.alerts.channels.dingtalk import dingtalk_channel
from monitor.alerts.channels.email import EmailChannel
from monitor.alerts.channels.feishu import feishu_channel
from monitor.alerts.channels.mailbox import MailboxChannel
from monitor.alerts.channels.posting import Hook
from monitor.alerts.channels.slack import slack_channel
from monitor.alerts.channels.smtp import Account
from monitor.alerts.channels.telegram import hook_url, telegram_channel
from monitor.alerts.channels.webhook import WebhookChannel
from monitor.alerts.channels.wecom import wecom_channel
from monitor.alerts.content_type import content_type_of
from monitor.alerts.outcome import ChannelAtFault, Outcome
from monitor.alerts.sender import envelope_sender_of
from monitor.alerts.signature import shortness
from monitor.errors import MonitorError, SettingsError
from monitor.model import Delivery
from monitor.net.client import Client
from monitor.settings import channels, schema
from monitor.settings.policy import rate_of
from workers.wiring import Place, headers_of, net_limits

#: Webhook requests at once to one host: no limit but each channel's own, since many endpoints can stand at one host,
#: and those that hang must not keep its others waiting.
_WEBHOOKS_PER_HOST = sys.maxsize

log = structlog.get_logger()


class BrokenSender:
    """Stands in for a channel whose secrets cannot be read: its deliveries wait, with the reason."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Say what is missing."""
        return ChannelAtFault(self._reason)

    async def close(self) -> None:
        """Nothing is open."""


class Senders:
    """The channels of the settings in force, rebuilt one by one as they change."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._open: dict[str, tuple[tuple[object, ...], Sender]] = {}
        self._client: Client | None = None
        self._net: schema.NetSettings | None = None

    async def apply(self, settings: schema.Settings) -> tuple[dict[str, tuple[Sender, int]], set[str]]:
        """Open what is new or changed, close what is gone or changed.

        Returns the opened senders with their concurrency, and the ids of all that were closed (changed ones are both).
        """
        client_before, renewed = self._client, self._net != settings.net
        if renewed:
            self._client = Client(net_limits(settings.net, self._place, per_host=_WEBHOOKS_PER_HOST))
            self._net = settings.net
        wanted = {each.id: (each, _shared(each, settings)) for each in settings.channels if each.enabled}
        closed = {each for each, (made_of, _) in self._open.items() if wanted.get(each) != made_of}
        for channel_id in closed:
            await self._open.pop(channel_id)[1].close()
        opened = {}
        for channel_id, made_of in wanted.items():
            if channel_id not in self._open:
                sender = self._sender(made_of[0], settings)
                self._open[channel_id] = made_of, sender
                opened[channel_id] = sender, _concurrency(made_of[0], settings)
        if renewed and client_before is not None:
            await client_before.close()
        return opened, closed

    async def faults(self, settings: schema.Settings) -> list[str]:
        """Say which channels cannot be opened with the secrets that are there, or are hardly protected by them.

        What is not there others ask for.
        """
        self._client = Client(net_limits(settings.net, self._place))
        told = []
        for channel in settings.channels:
            try:
                await self._built(channel, settings).close()
                if isinstance(channel, channels.WebhookChannel):
                    told += [f"channel {channel.id}: {each}" for each in map(shortness, self._secrets(channel)) if each]
            except SettingsError:
                continue
            except MonitorError as error:
                told.append(f"channel {channel.id}: {error.cause}")
        await self.close()
        return told

    def _sender(self, channel: channels.Channel, settings: schema.Settings) -> Sender:
        try:
            return self._built(channel, settings)
        except MonitorError as error:
            log.error("channel not usable", channel=channel.id, error=str(error))
            return BrokenSender(str(error))

    def _built(self, channel: channels.Channel, settings: schema.Settings) -> Sender:
        match channel:
            case channels.MailboxChannel():
                return MailboxChannel(self._place.folder / channel.path)
            case channels.EmailChannel():
                mail = channel.mail or settings.mail
                return EmailChannel(
                    self._account(mail),
                    channel_id=channel.id,
                    sender=envelope_sender_of(mail),
                    connections=mail.connections,
                )
            case channels.WebhookChannel():
                return self._webhook(channel)
            case channels.FeishuChannel():
                return feishu_channel(self._hook(channel, channel.secret_env, channel.secret_file))
            case channels.DingTalkChannel():
                return dingtalk_channel(self._hook(channel, channel.secret_env, channel.secret_file))
            case channels.WeComChannel():
                return wecom_channel(self._hook(channel))
            case channels.SlackChannel():
                return slack_channel(self._hook(channel))
            case channels.TelegramChannel():
                return telegram_channel(self._bot(channel), chat_id=channel.chat_id, thread_id=channel.thread_id)
            case channels.AppriseChannel():
                url = self._place.secret(channel.url_env, channel.url_file)
                return AppriseChannel(channel_id=channel.id, url=url, timeout_s=channel.timeout)

    def _account(self, mail: channels.MailSettings) -> Account:
        if mail.host is None:
            raise SettingsError("mail.host", "is not set")
        return Account(
            host=mail.host,
            port=mail.port,
            security=mail.security,
            username=mail.username,
            password=self._place.secret(mail.password_env, mail.password_file) if mail.username else None,
            ca_file=str(self._place.folder / mail.ca_file) if mail.ca_file else None,
            timeout_s=mail.timeout,
        )

    def _webhook(self, channel: channels.WebhookChannel) -> Sender:
        assert self._client is not None  # noqa: S101 -- opened by `apply` before any channel
        return WebhookChannel(
            self._client,
            channel_id=channel.id,
            url=self._place.address(channel.url, channel.url_env, channel.url_file),
            secrets=self._secrets(channel),
            headers=headers_of(channel, self._place),
            timeout_s=channel.timeout,
            content_type=content_type_of(channel),
            rate=rate_of(channel.rate) if channel.rate else None,
        )

    def _hook(
        self, channel: channels.HookChannel, secret_env: str | None = None, secret_file: str | None = None
    ) -> Hook:
        assert self._client is not None  # noqa: S101 -- opened by `apply` before any channel
        return Hook(
            client=self._client,
            channel_id=channel.id,
            url=self._place.secret(channel.url_env, channel.url_file).strip(),
            timeout_s=channel.timeout,
            secret=self._place.secret(secret_env, secret_file).strip() if secret_env or secret_file else None,
        )

    def _bot(self, channel: channels.TelegramChannel) -> Hook:
        assert self._client is not None  # noqa: S101 -- opened by `apply` before any channel
        token = self._place.secret(channel.token_env, channel.token_file)
        url = hook_url(channel.api_base, token, channel_id=channel.id)
        return Hook(client=self._client, channel_id=channel.id, url=url, timeout_s=channel.timeout)

    def _secrets(self, channel: channels.WebhookChannel) -> list[str]:
        """Read the secret, and the former one, of those that are set."""
        named = (
            (channel.secret_env, channel.secret_file),
            (channel.former_secret_env, channel.former_secret_file),
        )
        return [self._place.secret(env, file) for env, file in named if env or file]

    async def close(self) -> None:
        """Close all channels."""
        for _, sender in self._open.values():
            await sender.close()
        self._open.clear()
        if self._client is not None:
            await self._client.close()


def _shared(channel: channels.Channel, settings: schema.Settings) -> tuple[object, ...]:
    """Give what else a channel is made of: when it changes, the channel is opened anew."""
    match channel:
        case channels.MailboxChannel() | channels.AppriseChannel():
            return ()
        case channels.EmailChannel():
            return (settings.mail,) if channel.mail is None else ()
        case _:
            return (settings.net,)


def _concurrency(channel: channels.Channel, settings: schema.Settings) -> int:
    match channel:
        case channels.WebhookChannel():
            return channel.concurrency
        case channels.EmailChannel():
            return (channel.mail or settings.mail).connections
        case _:  # each has an order of its own to keep
            return 1
