"""The composition root: settings become the objects that stations work with. Secrets are read here, and kept here.

Only workers join stations. Channels have a root of their own (`workers.senders`), since what they stand on would cost
every other process its memory.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import monitor
from monitor.errors import SettingsError
from monitor.feeds.limits import PollingLimits
from monitor.feeds.reading.parser_pool import ParserPool
from monitor.feeds.rsshub import is_route
from monitor.model import Feed, Watchlist
from monitor.net.messages import Limits
from monitor.queue.server import EmbeddedServer
from monitor.queue.store import Store
from monitor.settings import channels, schema
from monitor.settings.secrets import masked_url, read_secret
from monitor.settings.values import is_search_id
from monitor.watchlists.definition import version_of

#: Stands in a search engine's address for the words.
QUERY = "{query}"

Entities: TypeAlias = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where this process finds its settings file, and the secrets that it names."""

    path: Path
    environ: Mapping[str, str]
    #: How this host finds the server, which the settings in force do not say; None: as the settings at hand say.
    redis: schema.RedisSettings | None = None

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
        dead_after=polling.dead_after,
    )


def parser_pool(polling: schema.PollingSettings) -> ParserPool:
    """Make the parsing processes that the settings ask for; none is started yet."""
    return ParserPool(
        size=max(1, (os.cpu_count() or 1) // 2), timeout_s=polling.parse_timeout, max_entries=polling.max_entries
    )


def callbacks_of(public_url: str, feed_id: str) -> str:
    """Give the address under which the callbacks of a feed's subscriptions lie."""
    return f"{public_url}/websub/{feed_id}"


def feed_of(settings: schema.FeedSettings, place: Place) -> Feed:
    """Resolve one feed. Raises SettingsError where a secret cannot be read."""
    url = place.address(settings.url, settings.url_env, settings.url_file)
    if settings.question is not None:
        url = asking(url, settings.question, subject=settings.id)
    credentials = None
    if settings.username:
        credentials = (settings.username, place.secret(settings.password_env, settings.password_file))
    return Feed(
        id=settings.id,
        url=url,
        name=settings.name,
        headers=headers_of(settings, place),
        credentials=credentials,
        interval_s=settings.min_interval,
        max_interval_s=settings.max_interval,
        language=settings.language,
        shown_url=_shown(url) if settings.url else f"address of {settings.id}",
        # Which instance of RSSHub was asked is no other question.
        is_question=is_search_id(settings.id) and not is_route(url),
        is_route=is_route(url),
    )


def _shown(url: str) -> str:
    """Mask an address; one without secrets is the same string, since 100,000 of them are kept."""
    return url if (masked := masked_url(url)) == url else masked


def asking(url: str, question: str, *, subject: str) -> str:
    """Put a question into the address of a search engine. Raises SettingsError where there is no place for it."""
    if url.count(QUERY) != 1:
        raise SettingsError(subject, f'the address has to have "{QUERY}" in it, once, for the words to search')
    return url.replace(QUERY, quote(question, safe=""))


def has_secrets(settings: schema.FeedSettings) -> bool:
    """Tell whether a feed is asked with what stands elsewhere than in the settings."""
    return settings.url is None or settings.username is not None or bool(settings.secret_headers)


def headers_of(settings: schema.FeedSettings | channels.WebhookChannel, place: Place) -> Mapping[str, str]:
    """Give the headers of a feed or webhook, those with a secret too. Raises SettingsError where one cannot be read."""
    secret = {each.name: place.secret(each.value_env, each.value_file) for each in settings.secret_headers}
    return {**settings.headers, **secret} if secret else settings.headers


# What matches.


def watchlist_of(settings: schema.WatchlistSettings, entities: Entities) -> Watchlist:
    """Give the watchlist that a `[[watchlists]]` entry describes."""
    return unversioned(settings, entities, version=version_of(unversioned(settings, entities)))


def unversioned(settings: schema.WatchlistSettings, entities: Entities, *, version: str = "") -> Watchlist:
    """Give it without its version, for who asks only whether it is good; or with a version that is known."""
    return Watchlist(
        id=settings.id,
        name=settings.name or settings.id,
        query=settings.query or "",
        terms=settings.terms,
        context=settings.context,
        exclude=settings.exclude,
        entities=entities,
        channels=settings.channels,
        version=version,
    )


def watchlists_of(settings: schema.Settings) -> list[Watchlist]:
    """Give the watchlists that are switched on, in order."""
    return [watchlist_of(each, settings.entities) for each in settings.watchlists if each.enabled]
