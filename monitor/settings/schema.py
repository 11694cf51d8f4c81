"""The form of the settings: what a user may write in settings.toml, its included files and the environment.

Pure data with validation of single entries; reading files is `monitor.settings.load`'s, what concerns several entries
`monitor.settings.checks`', and whether a watchlist compiles is asked of `monitor.watchlists` by `workers.wiring`.
Unknown keys are errors everywhere. A secret stands here only as the name of an environment variable (`*_env`) or of a
file (`*_file`), never as its value. Every key is explained in docs/settings.md.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from monitor.settings.channels import (
    Channel,
    MailSettings,
)
from monitor.settings.policy import GeneralPolicySettings, WatchlistPolicySettings
from monitor.settings.section import SecretHeader, Section
from monitor.settings.values import (
    Entities,
    FeedAddress,
    FeedId,
    Headers,
    HttpAddress,
    Id,
    KeyPrefix,
    LanguageTag,
    PrivateHost,
    PublicAddress,
    RedisAddress,
    SearchAddress,
    Size,
    Span,
    Text,
    TimeZone,
    Variable,
    at_most_one,
    exactly_one,
    is_search_id,
    user_with_password,
)


class RedisSettings(Section):
    """Where work in flight is kept."""

    #: redis://, rediss:// or unix:// address of a server of your own; unset: the embedded server in `data_dir`.
    url: RedisAddress | None = None
    #: Name of an environment variable, or a file, that holds the address where it carries a password.
    url_env: Variable | None = None
    url_file: Text | None = None
    #: Put before every key, so that several instances can share one server.
    prefix: KeyPrefix = "news:"
    #: Folder of the embedded server's files and of its socket.
    data_dir: Text = "data/redis"
    #: Embedded server: when its log reaches the disk. "everysec" can lose a second in a power cut; "always" cannot.
    appendfsync: Literal["everysec", "always"] = "everysec"
    #: Embedded server: memory limit; at the limit the intake stops, nothing is evicted. 0: none.
    maxmemory: Size = 0
    #: Replicas that must hold a commit before the step before it is acknowledged (WAIT).
    min_replicas: int = Field(default=0, ge=0)
    #: A message that its worker has left untouched for so long is taken over by another.
    visibility: Span = Field(default=15.0, ge=1)
    #: Items not yet matched above which polling pauses.
    max_backlog: int = Field(default=100_000, ge=100)
    #: Items already matched are kept this long, and within this size, for a look back.
    keep_items: Span = 86400.0
    keep_bytes: Size = 256 * 1024**2
    #: Dead letters kept per shard; the oldest go first.
    max_dead: int = Field(default=10_000, ge=1)

    @model_validator(mode="after")
    def _one_address(self) -> RedisSettings:
        at_most_one(url=self.url, url_env=self.url_env, url_file=self.url_file)
        return self


class NetSettings(Section):
    """How we behave towards other people's servers."""

    #: Shown to publishers in the User-Agent: a mail address or web page where you can be reached.
    contact: str = ""
    #: Proxy for feeds and webhooks; unset: HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment.
    proxy: HttpAddress | None = None
    proxy_env: Variable | None = None
    proxy_file: Text | None = None
    #: Hosts or networks ("intranet.example", "10.1.0.0/16", "localhost") that may be private or loopback.
    allow_hosts: tuple[PrivateHost, ...] = ()
    #: Requests at once to one host, and the pause between the starts of two.
    per_host: int = Field(default=2, ge=1)
    per_host_delay: Span = 0.0
    connect_timeout: Span = Field(default=10.0, gt=0)
    #: For a whole request, redirects and body included.
    timeout: Span = Field(default=30.0, gt=0)
    max_redirects: int = Field(default=5, ge=0, le=20)
    #: Largest body after decompression.
    max_bytes: Size = 10 * 1024**2

    @model_validator(mode="after")
    def _one_proxy(self) -> NetSettings:
        at_most_one(proxy=self.proxy, proxy_env=self.proxy_env, proxy_file=self.proxy_file)
        return self


class PollingSettings(Section):
    """When feeds are asked, and what is made of the answers."""

    #: Shortest time between two polls of a feed, whatever it publishes.
    min_interval: Span = Field(default=300.0, gt=0)
    #: Longest time, of quiet feeds, of failing ones, and of those that a hub pushes; only hours to skip and a
    #: Retry-After lead to a longer one.
    max_interval: Span = Field(default=21600.0, gt=0)
    #: Feeds in work at once in one poller.
    concurrency: int = Field(default=128, ge=1, le=10_000)
    #: At the first poll of a feed, items older than this, and undated ones, are remembered but not alerted.
    first_poll_max_age: Span = 86400.0
    #: Time limit of one document's parsing; the parsing process is killed at it.
    parse_timeout: Span = Field(default=10.0, gt=0)
    #: Entries read of one document.
    max_entries: int = Field(default=5_000, ge=1)
    #: Known entries kept per feed (never fewer than the present document lists).
    max_known: int = Field(default=2_000, ge=1)
    #: Instances of RSSHub that `rsshub://route` addresses are asked of, the best first.
    rsshub: tuple[HttpAddress, ...] = ()
    #: Failures of a feed in a row after which the operator is told.
    dead_after: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> PollingSettings:
        if self.min_interval > self.max_interval:
            raise PydanticCustomError(
                "intervals",
                "at most polling.max_interval, which is {longest} s",
                {"longest": f"{self.max_interval:g}", "key": "min_interval"},
            )
        return self


class AlertsSettings(Section):
    """What holds for all alerts."""

    #: IANA zone in which readers see times.
    time_zone: TimeZone = "UTC"
    #: How long we remember that an item was alerted.
    remember: Span = 90 * 86400.0
    #: Delivered records are kept so long for `status`.
    keep_delivered: Span = 7 * 86400.0
    #: Alerts are kept as they were told for so long, to be asked about.
    keep_told: Span = 30 * 86400.0
    #: Held alerts that were closed as not sent, kept per shard for `status`; the oldest go first.
    max_unsent: int = Field(default=1_000, ge=1)
    #: Alerts of one watchlist whose feedback is kept; what was said first goes first.
    keep_feedback: int = Field(default=1_000, ge=1)
    #: Watchlists that one item may match.
    max_matches_per_item: int = Field(default=1_000, ge=1)
    #: Id of the channel to which the service tells of its own troubles; unset: `status` and the log only.
    operator_channel: Text | None = None
    #: When alerts are sent, where watchlist and channel do not say otherwise.
    policy: GeneralPolicySettings = GeneralPolicySettings()


class WebSettings(Section):
    """Where hubs reach us, so that they can push what changes, and readers, so that they can answer to alerts."""

    #: The address of this service as hubs and readers see it; unset: nothing is subscribed, alerts carry no links, and
    #: `run` starts no `web` role.
    public_url: PublicAddress | None = None
    #: What the `web` role listens on, behind a proxy that serves `public_url`.
    host: Text = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    #: The key that signs the links in alerts, and the one before it, whose links still work; unset: a key of the
    #: service's own in `redis.data_dir`, which with a `redis.url` other machines would not have.
    signing_key_env: Variable | None = None
    signing_key_file: Text | None = None
    former_signing_key_env: Variable | None = None
    former_signing_key_file: Text | None = None

    @model_validator(mode="after")
    def _keys(self) -> WebSettings:
        at_most_one(signing_key_env=self.signing_key_env, signing_key_file=self.signing_key_file)
        at_most_one(
            former_signing_key_env=self.former_signing_key_env, former_signing_key_file=self.former_signing_key_file
        )
        former = "former_signing_key_env" if self.former_signing_key_env else "former_signing_key_file"
        if getattr(self, former) and not (self.signing_key_env or self.signing_key_file):
            raise PydanticCustomError("former_key", "needs the key that signs now: signing_key_env", {"key": former})
        return self


class StoriesSettings(Section):
    """Which items of a watchlist are gathered into one story."""

    #: Between a story's first item and the last that can join it; 0: each item is a story of its own.
    window: Span = Field(default=259_200.0, le=2_592_000)
    #: From 0 (gather what may be one event) to 1 (only what surely is); docs/benchmarks.md has the whole curve.
    caution: float = Field(default=0.5, ge=0, le=1)
    #: Numbers of outlets past which a story that was told is told again.
    update_at: tuple[int, ...] = (5, 20, 100)
    #: Items of one story that its alerts list.
    max_sources: int = Field(default=200, ge=1, le=2_000)


class SourcesSettings(Section):
    """What outlets are worth."""

    #: Names, as alerts show them, of outlets whose joining a story is news in itself.
    preferred: tuple[Text, ...] = ()


class FeedSettings(Section):
    """One `[[feeds]]` entry."""

    #: Keeps what is known of the feed when its address changes.
    id: FeedId
    url: FeedAddress | None = None
    #: The whole address as a secret.
    url_env: Variable | None = None
    url_file: Text | None = None
    #: What stands for "{query}" in a secret address; of feeds that watchlists bring alone, and written by the service.
    question: Text | None = None
    name: Text | None = None
    enabled: bool = True
    #: Folder in OPML.
    folder: str | None = None
    #: Shortest and longest time between two polls of this feed; those of `[polling]` where unset.
    min_interval: Span | None = Field(default=None, gt=0)
    max_interval: Span | None = Field(default=None, gt=0)
    #: Language tag that overrides detection.
    language: LanguageTag | None = None
    #: Plain request headers; those with a secret go to `secret_headers`.
    headers: Headers = Field(default_factory=dict)
    secret_headers: tuple[SecretHeader, ...] = ()
    username: Text | None = None
    password_env: Variable | None = None
    password_file: Text | None = None

    @model_validator(mode="after")
    def _one_address(self) -> FeedSettings:
        exactly_one(url=self.url, url_env=self.url_env, url_file=self.url_file)
        user_with_password(self.username, self.password_env, self.password_file)
        if self.question is not None and not is_search_id(self.id):
            raise PydanticCustomError("question", "belongs to the feeds of search_feeds alone", {"key": "question"})
        return self

    @model_validator(mode="after")
    def _ordered(self) -> FeedSettings:
        if self.min_interval and self.max_interval and self.min_interval > self.max_interval:
            raise PydanticCustomError(
                "intervals",
                "at most the feed's max_interval, which is {longest} s",
                {"longest": f"{self.max_interval:g}", "key": "min_interval"},
            )
        return self


class SearchFeedSettings(Section):
    """One `[[search_feeds]]` entry: how a search engine that answers with a feed wants to be asked."""

    id: Id
    #: Where the words to search stand as `{query}`.
    url: SearchAddress | None = None
    #: The whole address as a secret, with `{query}` in it too.
    url_env: Variable | None = None
    url_file: Text | None = None
    #: What alerts call the source, where an item names none.
    name: Text | None = None
    #: Between two polls of each of its feeds; the default of `polling.min_interval` where unset.
    min_interval: Span | None = Field(default=None, gt=0)
    #: Language tag that overrides detection.
    language: LanguageTag | None = None
    #: Stands between words of which any will do; "": the engine knows no such word, each has a feed of its own.
    or_word: str = "OR"
    #: Stands between two brackets that must both hold, "" where a blank does; unset: no context is asked for.
    and_word: str | None = None
    #: Put around phrases.
    quote: str = '"'
    #: Put before every word or phrase, such as "all:".
    field: str = ""
    #: Characters of one question, and its words, of which two Chinese characters make one.
    max_length: int = Field(default=250, ge=20, le=2_000)
    max_words: int = Field(default=50, ge=1)
    #: Feeds for one watchlist.
    max_feeds: int = Field(default=10, ge=1, le=100)

    @model_validator(mode="after")
    def _one_address(self) -> SearchFeedSettings:
        exactly_one(url=self.url, url_env=self.url_env, url_file=self.url_file)
        return self


class ExampleSettings(Section):
    """Titles of which a watchlist's author knows the verdict; an edit that breaks one is refused."""

    match: tuple[Text, ...] = ()
    no_match: tuple[Text, ...] = ()


class WatchlistSettings(Section):
    """One `[[watchlists]]` entry: a query, or the three lists that say a plain one."""

    id: Id
    name: Text | None = None
    enabled: bool = True
    #: In the language of docs/watchlists.md.
    query: Text | None = None
    #: Any of `terms`, at least one of `context` where it is given, none of `exclude`.
    terms: tuple[Text, ...] = Field(default=(), min_length=1)
    context: tuple[Text, ...] = ()
    exclude: tuple[Text, ...] = ()
    examples: ExampleSettings = ExampleSettings()
    channels: tuple[Text, ...] = ()
    #: Ids of search engines that are to be asked for it: those of `search_feeds`, and those that need no setting.
    search: tuple[Text, ...] = ()
    #: When its alerts are sent; None, as most have it, takes no memory.
    policy: WatchlistPolicySettings | None = None

    @model_validator(mode="after")
    def _one_form(self) -> WatchlistSettings:
        if self.query is None:
            if not self.terms:
                raise PydanticCustomError("one_form", "needs a query or terms")
        elif self.terms or self.context or self.exclude:
            lists = (name for name in ("terms", "context", "exclude") if getattr(self, name))
            raise PydanticCustomError(
                "one_form", "does not stand beside query: write one query, or the three lists", {"key": next(lists)}
            )
        return self


class Settings(Section):
    """Everything that a user can set, validated."""

    redis: RedisSettings = RedisSettings()
    net: NetSettings = NetSettings()
    polling: PollingSettings = PollingSettings()
    mail: MailSettings = MailSettings()
    alerts: AlertsSettings = AlertsSettings()
    web: WebSettings = WebSettings()
    stories: StoriesSettings = StoriesSettings()
    sources: SourcesSettings = SourcesSettings()
    #: Files of feeds and watchlists in bulk: glob patterns relative to the settings file.
    include: tuple[Text, ...] = ()
    #: Names of things, each with all that they are called: what `@name` means in a watchlist.
    entities: Entities = Field(default_factory=dict)
    feeds: tuple[FeedSettings, ...] = ()
    search_feeds: tuple[SearchFeedSettings, ...] = ()
    channels: tuple[Channel, ...] = ()
    watchlists: tuple[WatchlistSettings, ...] = ()
