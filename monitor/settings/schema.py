"""The form of the settings: what a user may write in settings.toml, its included files and the environment.

Pure data with validation of single values; reading files is `monitor.settings.load`'s, and whether a watchlist
compiles is asked of `monitor.watchlists` by `workers.wiring`. Unknown keys are errors everywhere. A secret stands here
only as the name of an environment variable (`*_env`) or of a file (`*_file`), never as its value.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|)", re.IGNORECASE)
_SPAN_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|)", re.IGNORECASE)
_SIZE_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        found = _SPAN.fullmatch(value.strip())
        if not found:
            raise PydanticCustomError("span", 'a span of time such as "30s", "5min", "24h" or "7d"')
        return float(found[1]) * _SPAN_UNITS[found[2].lower()]
    return value


def _bytes(value: Any) -> Any:
    if isinstance(value, str):
        found = _SIZE.fullmatch(value.strip())
        if not found:
            raise PydanticCustomError("size", 'a size such as "64KB", "10MB" or "1GB"')
        return int(float(found[1]) * _SIZE_UNITS[found[2].lower()])
    return value


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise PydanticCustomError("id", "an id of letters, digits, '.', '_' and '-', at most 100 characters")
    return value


#: Seconds, written as a number or as "30s", "5min", "24h", "7d".
Span = Annotated[float, BeforeValidator(_seconds), Field(ge=0, allow_inf_nan=False)]
#: Bytes, written as a number or as "64KB", "10MB", "1GB".
Size = Annotated[int, BeforeValidator(_bytes), Field(ge=0)]
Id = Annotated[str, AfterValidator(_id)]


class Section(BaseModel):
    """One table of the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class RedisSettings(Section):
    """Where work in flight is kept."""

    #: redis://, rediss:// or unix:// address of a server of your own; unset: the embedded server in `data_dir`.
    url: str | None = None
    #: Name of an environment variable, or a file, that holds the address where it carries a password.
    url_env: str | None = None
    url_file: str | None = None
    #: Put before every key, so that several instances can share one server.
    prefix: str = Field(default="news:", pattern=r"^[^{}\s]{0,50}$")
    #: Folder of the embedded server's files and of its socket.
    data_dir: str = "data/redis"
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
        if sum(x is not None for x in (self.url, self.url_env, self.url_file)) > 1:
            raise PydanticCustomError("one_of", "only one of url, url_env and url_file")
        if self.url and re.search(r"://[^/@]*:[^/@]+@", self.url):
            raise PydanticCustomError(
                "inline_secret", "no password in the address: put the whole address into url_env or url_file"
            )
        return self


class NetSettings(Section):
    """How we behave towards other people's servers."""

    #: Shown to publishers in the User-Agent: a mail address or web page where you can be reached.
    contact: str = ""
    #: Proxy for feeds and webhooks; unset: HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment.
    proxy: str | None = None
    proxy_env: str | None = None
    proxy_file: str | None = None
    #: Hosts or networks ("intranet.example", "10.1.0.0/16", "localhost") that may be private or loopback.
    allow_hosts: tuple[str, ...] = ()
    #: Requests at once to one host, and the pause between the starts of two.
    per_host: int = Field(default=2, ge=1)
    per_host_delay: Span = 0.0
    connect_timeout: Span = Field(default=10.0, gt=0)
    #: For a whole request, redirects and body included.
    timeout: Span = Field(default=30.0, gt=0)
    max_redirects: int = Field(default=5, ge=0, le=20)
    #: Largest body after decompression.
    max_bytes: Size = 10 * 1024**2


class PollingSettings(Section):
    """When feeds are asked, and what is made of the answers."""

    #: Between two polls of a feed that says nothing else.
    min_interval: Span = Field(default=300.0, gt=0)
    #: Longest pause that failures can lead to.
    max_interval: Span = Field(default=21600.0, gt=0)
    #: Feeds in work at once in one poller.
    concurrency: int = Field(default=64, ge=1, le=10_000)
    #: At the first poll of a feed, items older than this, and undated ones, are remembered but not alerted.
    first_poll_max_age: Span = 86400.0
    #: Time limit of one document's parsing; the parsing process is killed at it.
    parse_timeout: Span = Field(default=10.0, gt=0)
    #: Entries read of one document.
    max_entries: int = Field(default=5_000, ge=1)
    #: Known entries kept per feed (never fewer than the present document lists).
    max_known: int = Field(default=2_000, ge=1)


class MailSettings(Section):
    """The mail server that `email` channels use unless they name their own."""

    host: str | None = None
    port: int = Field(default=587, ge=1, le=65535)
    #: "starttls" (required, never silently left out), "tls" from the first byte, or "none".
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    #: Sender, "News monitor <news@example.org>"; also the envelope's.
    sender: str | None = None
    #: File of certificates to trust in place of the system's.
    ca_file: str | None = None
    timeout: Span = Field(default=30.0, gt=0)


class AlertsSettings(Section):
    """What holds for all alerts."""

    #: IANA zone in which readers see times.
    time_zone: str = "UTC"
    #: How long we remember that an item was alerted.
    remember: Span = 90 * 86400.0
    #: Delivered records are kept so long for `status`.
    keep_delivered: Span = 7 * 86400.0
    #: Watchlists that one item may match.
    max_matches_per_item: int = Field(default=1_000, ge=1)

    @model_validator(mode="after")
    def _known_zone(self) -> AlertsSettings:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(self.time_zone)
        except Exception as error:
            raise PydanticCustomError(
                "time_zone", 'time_zone must be an IANA zone such as "Asia/Shanghai" or "UTC"'
            ) from error
        return self


class SecretHeader(Section):
    """A header whose value is read where the worker runs."""

    name: str
    value_env: str | None = None
    value_file: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> SecretHeader:
        if (self.value_env is None) == (self.value_file is None):
            raise PydanticCustomError("one_of", "exactly one of value_env and value_file")
        return self


class FeedSettings(Section):
    """One `[[feeds]]` entry."""

    #: Keeps what is known of the feed when its address changes.
    id: Id
    url: str | None = None
    #: The whole address as a secret.
    url_env: str | None = None
    url_file: str | None = None
    name: str | None = None
    enabled: bool = True
    #: Folder in OPML.
    folder: str | None = None
    #: Between two polls of this feed; the default of `polling.min_interval` where unset.
    min_interval: Span | None = Field(default=None, gt=0)
    #: Language tag that overrides detection.
    language: str | None = None
    #: Plain request headers; those with a secret go to `secret_headers`.
    headers: dict[str, str] = Field(default_factory=dict)
    secret_headers: tuple[SecretHeader, ...] = ()
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None


class _Channel(Section):
    id: Id
    #: A channel switched off keeps its deliveries.
    enabled: bool = True


class MailboxChannel(_Channel):
    """A Maildir folder on this machine."""

    type: Literal["mailbox"]
    #: Folder, made where it is missing; relative to the settings file.
    path: str


class EmailChannel(_Channel):
    """Mail to one or more recipients, one message each."""

    type: Literal["email"]
    to: tuple[str, ...] = Field(min_length=1)
    #: Replaces `[mail]` for this channel as a whole.
    mail: MailSettings | None = None


class WebhookChannel(_Channel):
    """JSON by POST, signed by Standard Webhooks."""

    type: Literal["webhook"]
    url: str | None = None
    url_env: str | None = None
    url_file: str | None = None
    #: Signing secret, "whsec_" and base64.
    secret_env: str | None = None
    secret_file: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    secret_headers: tuple[SecretHeader, ...] = ()
    #: Requests at once to this endpoint.
    concurrency: int = Field(default=8, ge=1, le=100)
    timeout: Span = Field(default=15.0, gt=0)


Channel = Annotated[MailboxChannel | EmailChannel | WebhookChannel, Field(discriminator="type")]


class WatchlistSettings(Section):
    """One `[[watchlists]]` entry: any of `terms`, at least one of `context`, none of `exclude`."""

    id: Id
    name: str | None = None
    enabled: bool = True
    terms: tuple[str, ...] = Field(min_length=1)
    context: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class Settings(Section):
    """Everything that a user can set, validated."""

    redis: RedisSettings = RedisSettings()
    net: NetSettings = NetSettings()
    polling: PollingSettings = PollingSettings()
    mail: MailSettings = MailSettings()
    alerts: AlertsSettings = AlertsSettings()
    #: Files of feeds and watchlists in bulk: glob patterns relative to the settings file.
    include: tuple[str, ...] = ()
    feeds: tuple[FeedSettings, ...] = ()
    channels: tuple[Channel, ...] = ()
    watchlists: tuple[WatchlistSettings, ...] = ()
