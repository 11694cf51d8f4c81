"""The only composition root: settings become the objects that stations work with. Secrets are read here, and kept here.

Nothing else joins two stations. A secret that cannot be read disables the one feed or channel that needs it, with a
clear word, never its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

import monitor
from monitor.alerts.channels import Sender
from monitor.alerts.channels.email import EmailChannel
from monitor.alerts.channels.mailbox import MailboxChannel
from monitor.alerts.channels.smtp import Account
from monitor.alerts.channels.webhook import WebhookChannel
from monitor.alerts.deliveries import sender_of
from monitor.alerts.outcome import ChannelAtFault, Outcome
from monitor.errors import MonitorError, SettingsError
from monitor.feeds.limits import PollingLimits
from monitor.model import Delivery, Feed, Watchlist
from monitor.net.client import Client
from monitor.net.messages import Limits
from monitor.queue.server import EmbeddedServer
from monitor.queue.store import Store
from monitor.settings import schema
from monitor.settings.secrets import masked_url, read_secret
from monitor.watchlists.definition import version_of

#: Webhook requests at once to one host; each channel has a limit of its own.
_WEBHOOKS_PER_HOST = 64

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Where this process finds its settings file, and the secrets that it names."""

    path: Path
    environ: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        return self.path.absolute().parent

    def secret(self, env: str | None, file: str | None) -> str:
        """Read one secret. Raises SettingsError."""
        return read_secret(env=env, file=file, environ=self.environ, base=self.folder)

    def address(self, url: str | None, env: str | None, file: str | None) -> str:
        """Read an address that may be a secret as a whole. Raises SettingsError."""
        return url if url is not None else self.secret(env, file)


# The store.


def redis_url(settings: schema.RedisSettings, place: Place) -> str:
    """Give the address of the server: the one set, or the embedded one's."""
    if settings.url is None and settings.url_env is None and settings.url_file is None:
        return embedded_server(settings, place).url
    return place.address(settings.url, settings.url_env, settings.url_file)


def is_embedded(settings: schema.RedisSettings) -> bool:
    """Tell whether the service runs a server of its own."""
    return settings.url is None and settings.url_env is None and settings.url_file is None


def embedded_server(settings: schema.RedisSettings, place: Place) -> EmbeddedServer:
    """Make the embedded server's object; it is not started."""
    return EmbeddedServer(
        place.folder / settings.data_dir, appendfsync=settings.appendfsync, maxmemory=settings.maxmemory
    )


async def open_store(settings: schema.RedisSettings, place: Place) -> Store:
    """Connect to the server. Raises StoreError."""
    url = redis_url(settings, place)
    return await Store.open(url, prefix=settings.prefix, min_replicas=settings.min_replicas, shown=masked_url(url))


# What polls.


def net_limits(net: schema.NetSettings, place: Place, *, per_host: int | None = None) -> Limits:
    """Give the client's limits. Raises SettingsError where the proxy's address cannot be read."""
    proxied = net.proxy or net.proxy_env or net.proxy_file
    return Limits(
        version=monitor.__version__,
        contact=net.contact,
        proxy=place.address(net.proxy, net.proxy_env, net.proxy_file) if proxied else None,
        allow_hosts=net.allow_hosts,
        per_host=per_host or net.per_host,
        per_host_delay_s=0.0 if per_host else net.per_host_delay,
        connect_timeout_s=net.connect_timeout,
        timeout_s=net.timeout,
        max_redirects=net.max_redirects,
        max_bytes=net.max_bytes,
    )


def polling_limits(polling: schema.PollingSettings) -> PollingLimits:
    """Give what decides when feeds are polled and what is remembered."""
    return PollingLimits(
        interval_s=polling.min_interval,
        max_interval_s=polling.max_interval,
        first_poll_max_age_s=polling.first_poll_max_age,
        max_known=polling.max_known,
    )


def feed_of(settings: schema.FeedSettings, place: Place) -> Feed:
    """Resolve one feed. Raises SettingsError where a secret cannot be read."""
    url = place.address(settings.url, settings.url_env, settings.url_file)
    credentials = None
    if settings.username:
        credentials = (settings.username, place.secret(settings.password_env, settings.password_file))
    return Feed(
        id=settings.id,
        url=url,
        name=settings.name,
        headers=_headers(settings, place),
        credentials=credentials,
        interval_s=settings.min_interval,
        language=settings.language,
        shown_url=masked_url(url) if settings.url else f"address of {settings.id}",
    )


def _headers(settings: schema.FeedSettings | schema.WebhookChannel, place: Place) -> dict[str, str]:
    secret = {each.name: place.secret(each.value_env, each.value_file) for each in settings.secret_headers}
    return {**settings.headers, **secret}


# What matches.


def watchlist_of(settings: schema.WatchlistSettings, entities: Mapping[str, tuple[str, ...]]) -> Watchlist:
    """Give the watchlist that a `[[watchlists]]` entry describes."""
    watchlist = unversioned(settings, entities)
    return replace(watchlist, version=version_of(watchlist))


def unversioned(settings: schema.WatchlistSettings, entities: Mapping[str, tuple[str, ...]]) -> Watchlist:
    """Give it without its version, for who asks only whether it is good."""
    return Watchlist(
        id=settings.id,
        name=settings.name or settings.id,
        query=settings.query or "",
        terms=settings.terms,
        context=settings.context,
        exclude=settings.exclude,
        entities=entities,
        channels=settings.channels,
    )


def watchlists_of(settings: schema.Settings, known: Mapping[str, Watchlist] | None = None) -> list[Watchlist]:
    """Give the watchlists that are switched on, in order; those that are `known` alike, by id, are the same objects."""
    known = known or {}
    entities = _known_entities(settings, known)
    return [_again(each, entities, known.get(each.id)) for each in settings.watchlists if each.enabled]


def _known_entities(settings: schema.Settings, known: Mapping[str, Watchlist]) -> Mapping[str, tuple[str, ...]]:
    """Give the entities, as the object that the known watchlists share where they are equal."""
    before = next(iter(known.values())).entities if known else {}
    return before if before == settings.entities else settings.entities


def _again(
    settings: schema.WatchlistSettings, entities: Mapping[str, tuple[str, ...]], known: Watchlist | None
) -> Watchlist:
    """Give the watchlist of an entry; the known one, whose version need not be worked out again, where it is alike."""
    if known is None or known.entities is not entities:
        return watchlist_of(settings, entities)
    watchlist = replace(unversioned(settings, entities), version=known.version)
    return known if watchlist == known else watchlist_of(settings, entities)


# What sends.


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
                opened[channel_id] = sender, _concurrency(made_of[0])
        if renewed and client_before is not None:
            await client_before.close()
        return opened, closed

    def _sender(self, channel: schema.Channel, settings: schema.Settings) -> Sender:
        try:
            return self._built(channel, settings)
        except MonitorError as error:
            log.error("channel not usable", channel=channel.id, error=str(error))
            return BrokenSender(str(error))

    def _built(self, channel: schema.Channel, settings: schema.Settings) -> Sender:
        match channel:
            case schema.MailboxChannel():
                return MailboxChannel(self._place.folder / channel.path)
            case schema.EmailChannel():
                mail = channel.mail or settings.mail
                return EmailChannel(self._account(mail), channel_id=channel.id, sender=sender_of(mail))
            case schema.WebhookChannel():
                return self._webhook(channel)

    def _account(self, mail: schema.MailSettings) -> Account:
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

    def _webhook(self, channel: schema.WebhookChannel) -> Sender:
        assert self._client is not None  # noqa: S101 -- opened by `apply` before any channel
        signed = channel.secret_env or channel.secret_file
        return WebhookChannel(
            self._client,
            channel_id=channel.id,
            url=self._place.address(channel.url, channel.url_env, channel.url_file),
            secret=self._place.secret(channel.secret_env, channel.secret_file) if signed else None,
            headers=_headers(channel, self._place),
            timeout_s=channel.timeout,
        )

    async def close(self) -> None:
        """Close all channels."""
        for _, sender in self._open.values():
            await sender.close()
        self._open.clear()
        if self._client is not None:
            await self._client.close()


def _shared(channel: schema.Channel, settings: schema.Settings) -> tuple[object, ...]:
    """Give what else a channel is made of: when it changes, the channel is opened anew."""
    if isinstance(channel, schema.WebhookChannel):
        return (settings.net,)
    return (settings.mail,) if isinstance(channel, schema.EmailChannel) and channel.mail is None else ()


def _concurrency(channel: schema.Channel) -> int:
    return channel.concurrency if isinstance(channel, schema.WebhookChannel) else 1
