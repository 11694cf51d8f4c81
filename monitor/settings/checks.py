"""What can only be seen in the settings as a whole: doubles, references that lead nowhere, secrets that are not there.

`contradictions` are errors; `warnings` are worth a word. Both only look at what they are given and name places by key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.settings.channels import Channel, EmailChannel, MailSettings, WebhookChannel
from monitor.settings.digest_times import idle_digest_times
from monitor.settings.policy import GeneralPolicySettings
from monitor.settings.problems import Problem, did_you_mean
from monitor.settings.schema import FeedSettings, PollingSettings, SearchFeedSettings, Settings, WatchlistSettings
from monitor.settings.secrets import masked_url
from monitor.settings.section import SecretHeader
from monitor.settings.values import is_search_id


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of all files together; None where one is not valid."""

    feeds: Sequence[FeedSettings | None]
    channels: Sequence[Channel | None]
    watchlists: Sequence[WatchlistSettings | None]
    #: Ids of all channels, of those too that are not valid: a reference to one is no second error.
    channel_ids: frozenset[str]
    search_feeds: Sequence[SearchFeedSettings | None]
    #: Ids of all search engines that may be named, as of channels.
    search_ids: frozenset[str]
    #: `[mail]` and `[polling]`; None where they are not valid.
    mail: MailSettings | None
    polling: PollingSettings | None
    #: `alerts.operator_channel`; None where there is none, or `[alerts]` is not valid.
    operator_channel: str | None = None
    #: `[alerts.policy]`; None where it is not valid.
    policy: GeneralPolicySettings | None = None


def contradictions(entries: Entries) -> list[Problem]:
    """Return what cannot stand together."""
    return [
        *_doubles("feeds", entries.feeds),
        *_reserved(entries.feeds),
        *_doubles("search_feeds", entries.search_feeds),
        *_doubles("channels", entries.channels),
        *_doubles("watchlists", entries.watchlists),
        *_unknown(entries.watchlists, "channels", entries.channel_ids, "channel"),
        *_unknown(entries.watchlists, "search", entries.search_ids, "search engine"),
        *_unknown_in_policies(entries.watchlists, entries.channel_ids),
        *_unrouted(entries),
        *_unknown_operator(entries.operator_channel, entries.channel_ids),
        *_unsendable(entries.channels, entries.mail),
        *_idle_digest_times(entries),
    ]


def _doubles(
    name: str, entries: Sequence[FeedSettings | SearchFeedSettings | Channel | WatchlistSettings | None]
) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, entry in enumerate(entries):
        if entry and (before := first.setdefault(entry.id, index)) != index:
            yield Problem(
                "is the id of {other} too; an id is given once",
                (name, index, "id"),
                entry.id,
                other=(name, before, "id"),
            )


def _reserved(feeds: Iterable[FeedSettings | None]) -> Iterator[Problem]:
    for index, feed in enumerate(feeds):
        if feed and is_search_id(feed.id):
            yield Problem("an id of a feed that a watchlist brings by its search", ("feeds", index, "id"), feed.id)


def _unknown(
    watchlists: Iterable[WatchlistSettings | None], key: str, ids: frozenset[str], noun: str
) -> Iterator[Problem]:
    """Find the names under a key of watchlists that are nobody's."""
    for index, watchlist in enumerate(watchlists):
        named: tuple[str, ...] = getattr(watchlist, key) if watchlist else ()
        if not ids.issuperset(named):
            for at, name in enumerate(named):
                if name not in ids:
                    text = f"no {noun} has this id; {did_you_mean(name, ids)}"
                    yield Problem(text, ("watchlists", index, key, at), name)


def _unknown_in_policies(watchlists: Iterable[WatchlistSettings | None], ids: frozenset[str]) -> Iterator[Problem]:
    """Find policies of watchlists for channels that there are not."""
    for index, watchlist in enumerate(watchlists):
        if watchlist and watchlist.policy:
            for name in watchlist.policy.channels:
                if name not in ids:
                    text = f"no channel has this id; {did_you_mean(name, ids)}"
                    yield Problem(text, ("watchlists", index, "policy", "channels", name))


def _unrouted(entries: Entries) -> Iterator[Problem]:
    """Find routes of RSSHub where no instance is named that could be asked for them."""
    if entries.polling is None or entries.polling.rsshub:
        return
    lists: Mapping[str, Sequence[FeedSettings | SearchFeedSettings | None]] = {
        "feeds": entries.feeds,
        "search_feeds": entries.search_feeds,
    }
    for name, each in lists.items():
        for index, entry in enumerate(each):
            if entry and entry.url and entry.url.startswith("rsshub:"):
                text = 'is a route of RSSHub: name its instances in polling.rsshub, such as ["https://rsshub.app"]'
                yield Problem(text, (name, index, "url"), entry.url)


def _unknown_operator(channel: str | None, ids: frozenset[str]) -> Iterator[Problem]:
    if channel is not None and channel not in ids:
        yield Problem(f"no channel has this id; {did_you_mean(channel, ids)}", ("alerts", "operator_channel"), channel)


def _unsendable(channels: Iterable[Channel | None], mail: MailSettings | None) -> Iterator[Problem]:
    for index, channel in enumerate(channels):
        if not isinstance(channel, EmailChannel):
            continue
        server = channel.mail or mail
        missing = [key for key in ("host", "sender") if server and getattr(server, key) is None]
        if missing:
            yield Problem(
                f"has no mail server to send with: set {' and '.join(missing)} in [mail]",
                ("channels", index, "type"),
                "email",
            )


def _idle_digest_times(entries: Entries) -> Iterator[Problem]:
    """Look only at what is valid as a whole: what is not may be what sends the digests."""
    channels = [each for each in entries.channels if each]
    watchlists = [each for each in entries.watchlists if each]
    is_whole = len(channels) == len(entries.channels) and len(watchlists) == len(entries.watchlists)
    if is_whole and entries.policy is not None:
        yield from idle_digest_times(entries.policy, channels, watchlists)


def warnings(settings: Settings, *, environ: Mapping[str, str], base: Path) -> list[str]:
    """Return, one line each, what is allowed but hardly meant. Looks whether secret files exist, not into them."""
    return [
        *_silent(settings),
        *_idle_policies(settings),
        *_linkless(settings),
        *_unsigned(settings),
        *_missing_secrets(settings, environ, base),
        *_shown_secrets(settings),
    ]


def _silent(settings: Settings) -> Iterator[str]:
    for watchlist in settings.watchlists:
        if watchlist.enabled and not watchlist.channels:
            yield f"watchlist {watchlist.id} has no channels: its alerts go nowhere"


def _linkless(settings: Settings) -> Iterator[str]:
    redis, web = settings.redis, settings.web
    own_server = redis.url or redis.url_env or redis.url_file
    if web.public_url and own_server and not (web.signing_key_env or web.signing_key_file):
        yield (
            "alerts carry no links for feedback: with a Redis of your own, "
            "web.signing_key_env or web.signing_key_file has to name the key that all machines share"
        )


def _idle_policies(settings: Settings) -> Iterator[str]:
    for watchlist in settings.watchlists:
        for name in watchlist.policy.channels if watchlist.policy else ():
            if name not in watchlist.channels:
                yield f"watchlist {watchlist.id} has a policy for channel {name}, to which it sends nothing"


def _unsigned(settings: Settings) -> Iterator[str]:
    for channel in settings.channels:
        if isinstance(channel, WebhookChannel) and not (channel.secret_env or channel.secret_file):
            yield f"channel {channel.id} is not signed: its receiver cannot tell that alerts are ours (secret_env)"


def _missing_secrets(settings: Settings, environ: Mapping[str, str], base: Path) -> Iterator[str]:
    for owner, env, file in secret_sources(settings):
        if env is not None and not environ.get(env):
            yield f"{owner}: environment variable {env} is not set here"
        if file is not None and not (base / file).is_file():
            yield f"{owner}: there is no file {file} here"


def _shown_secrets(settings: Settings) -> Iterator[str]:
    webhooks = (channel for channel in settings.channels if isinstance(channel, WebhookChannel))
    addressed = (("feed", settings.feeds), ("search feed", settings.search_feeds), ("channel", tuple(webhooks)))
    for owner, entries in addressed:
        for entry in entries:
            if entry.url and masked_url(entry.url) != entry.url:
                yield f"{owner} {entry.id}: the address seems to hold a secret, which belongs into url_env or url_file"


def secret_sources(settings: Settings) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield (whose secret, environment variable, file) for every secret that the settings name."""
    yield "[redis]", settings.redis.url_env, settings.redis.url_file
    yield "[net]", settings.net.proxy_env, settings.net.proxy_file
    yield "[mail]", settings.mail.password_env, settings.mail.password_file
    yield "[web]", settings.web.signing_key_env, settings.web.signing_key_file
    yield "[web]", settings.web.former_signing_key_env, settings.web.former_signing_key_file
    for feed in settings.feeds:
        yield f"feed {feed.id}", feed.url_env, feed.url_file
        yield f"feed {feed.id}", feed.password_env, feed.password_file
        yield from _of_headers(f"feed {feed.id}", feed.secret_headers)
    for engine in settings.search_feeds:
        yield f"search feed {engine.id}", engine.url_env, engine.url_file
    for channel in settings.channels:
        for kind in ("url", "token", "secret", "former_secret"):
            yield f"channel {channel.id}", getattr(channel, f"{kind}_env", None), getattr(channel, f"{kind}_file", None)
        if isinstance(channel, WebhookChannel):
            yield from _of_headers(f"channel {channel.id}", channel.secret_headers)
        elif isinstance(channel, EmailChannel) and channel.mail:
            yield f"channel {channel.id}", channel.mail.password_env, channel.mail.password_file


def _of_headers(owner: str, headers: Iterable[SecretHeader]) -> Iterator[tuple[str, str | None, str | None]]:
    for header in headers:
        yield f"{owner}, header {header.name}", header.value_env, header.value_file
