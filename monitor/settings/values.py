"""The single values of the settings: spans, sizes, ids, addresses, names; each says in words what it allows.

Every function here takes what the user wrote and returns what the service uses, or raises `PydanticCustomError` whose
message reads as "what is allowed". None of them puts the value into the message: it may be a secret.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|)", re.IGNORECASE)
_SPAN_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TEN_YEARS_S = 315_360_000
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|)", re.IGNORECASE)
_SIZE_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SEARCH_ID = re.compile(rf"search:{_ID.pattern}:{_ID.pattern}:[0-9]+")
_ENTITY = re.compile(r"[\w.-]{1,100}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PREFIX = re.compile(r"[^{}\s]{0,50}")
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_SENDER = re.compile(r"(?:[^<>\x00-\x1f\x7f]+\s)?<(?P<address>[^<>]*)>")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET_HEADER = re.compile(r"authorization|cookie|(^|[-_])(api-?)?key$|token|secret|password", re.IGNORECASE)
_CHAT_ID = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,}")
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(;[\x20-\x7e]*)?")
#: The last part of a name begins with a letter: what does not is an address, in whatever way of writing it.
_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W\d_](?:[\w-]{0,61}[^\W_])?\.?")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_RSSHUB = re.compile(r"rsshub://[^\x00-\x20\x7f/?#][^\x00-\x20\x7f]*")


def _private_host(value: str) -> str:
    try:
        ip_network(value.strip().strip("[]"), strict=False)
    except ValueError:
        if len(value) > 253 or not _HOST.fullmatch(value.strip()):
            raise PydanticCustomError(
                "host", 'a host, an address or a network, such as "intranet.example", "127.0.0.1" or "10.1.0.0/16"'
            ) from None
    return value


def at_most_one(**keys: str | None) -> int:
    """Refuse more than one of these keys of one table; return how many are given."""
    given = [key for key, value in keys.items() if value is not None]
    if len(given) > 1:
        raise PydanticCustomError("one_of", "only one of {keys}", {"keys": " and ".join(given), "key": given[1]})
    return len(given)


def exactly_one(**keys: str | None) -> None:
    """Refuse none, and more than one, of these keys of one table."""
    if not at_most_one(**keys):
        *others, last = keys
        raise PydanticCustomError("one_of", "needs one of {keys}", {"keys": f"{', '.join(others)} or {last}"})


def user_with_password(username: str | None, password_env: str | None, password_file: str | None) -> None:
    """Refuse a user without password and a password without user."""
    passwords = at_most_one(password_env=password_env, password_file=password_file)
    if username is not None and not passwords:
        raise PydanticCustomError(
            "login", "a username needs password_env or password_file beside it", {"key": "username"}
        )
    if passwords and username is None:
        raise PydanticCustomError("login", "a password needs username beside it", {})


def seconds_of(text: str) -> float | None:
    """Read a span "30s", "5min", "24h" or "7d"; None where it is none."""
    found = _SPAN.fullmatch(text.strip())
    return float(found[1]) * _SPAN_UNITS[found[2].lower()] if found else None


def _seconds(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    seconds = seconds_of(value) if isinstance(value, str) else None
    if seconds is None:
        raise PydanticCustomError("span", 'a span of time such as "30s", "5min", "24h" or "7d"')
    return seconds


def _bytes(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise PydanticCustomError("size", 'a size such as "64KB", "10MB" or "1GB"')
    return int(float(found[1]) * _SIZE_UNITS[found[2].lower()])


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise PydanticCustomError("id", "an id of letters, digits, '.', '_' and '-', at most 100 characters")
    return value


def _feed_id(value: str) -> str:
    return value if is_search_id(value) else _id(value)


def is_search_id(value: str) -> bool:
    """Tell whether a feed's id is that of one that a watchlist brings, which nobody can write."""
    return bool(_SEARCH_ID.fullmatch(value))


def _entities(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for name in value:
        if not _ENTITY.fullmatch(name):
            raise PydanticCustomError(
                "entity", "an entity's name has letters, digits, '.', '_' and '-', at most 100", {"key": name}
            )
    return value


def _alias(value: str) -> str:
    if value.startswith("@"):
        raise PydanticCustomError("alias", "a word or phrase: an alias names no other entity")
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise PydanticCustomError("language", 'a language tag such as "en" or "zh-Hans"')
    return value


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise PydanticCustomError("variable", "the name of an environment variable (not the secret itself)")
    return value


def _prefix(value: str) -> str:
    if not _PREFIX.fullmatch(value):
        raise PydanticCustomError("prefix", "at most 50 characters without spaces and braces")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except Exception as error:  # ZoneInfo raises KeyError, ValueError or OSError, depending on what is wrong
        near = get_close_matches(value, sorted(available_timezones()), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise PydanticCustomError(
            "time_zone", 'an IANA time zone such as "Asia/Shanghai" or "UTC"{hint}', {"hint": hint}
        ) from error
    return value


def _split(value: str, schemes: tuple[str, ...]) -> tuple[bool, bool, bool]:
    """Tell of an address whether it is well-formed, whether it names a user and whether it carries a password."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  reading it checks it
    except ValueError:
        return False, False, False
    sound = (
        parts.scheme in schemes and not _UNPRINTABLE.search(value) and bool(parts.hostname or parts.scheme == "unix")
    )
    return sound, parts.username is not None, parts.password is not None


def _http_address(value: str) -> str:
    sound, user, _password = _split(value, ("http", "https"))
    if user:
        raise PydanticCustomError("inline_secret", "an address without user and password")
    if not sound:
        raise PydanticCustomError("address", 'an address that starts with "http://" or "https://"')
    return value


def _feed_address(value: str) -> str:
    return value if _RSSHUB.fullmatch(value) else _http_address(value)


def _search_address(value: str) -> str:
    if value.count("{query}") != 1:
        raise PydanticCustomError("search_address", 'an address with "{query}" in it, once, for the words to search')
    return _feed_address(value)


def _public_address(value: str) -> str:
    if set(_http_address(value)) & set("?#"):
        raise PydanticCustomError("public_address", "an address without query and fragment")
    return value.rstrip("/")


def _redis_address(value: str) -> str:
    sound, _user, password = _split(value, ("redis", "rediss", "unix"))
    if password:
        raise PydanticCustomError("inline_secret", "an address without a password")
    if not sound:
        raise PydanticCustomError("address", 'an address that starts with "redis://", "rediss://" or "unix://"')
    return value


def _mail_address(value: str) -> str:
    if not _MAIL_ADDRESS.fullmatch(value):
        raise PydanticCustomError("mail_address", 'a mail address such as "pr@example.org"')
    return value


def _sender(value: str) -> str:
    named = _SENDER.fullmatch(value)
    if not _MAIL_ADDRESS.fullmatch(named["address"] if named else value):
        raise PydanticCustomError("sender", 'a sender such as "News monitor <news@example.org>"')
    return value


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        _header_name(name)
        if _SECRET_HEADER.search(name):
            raise PydanticCustomError(
                "secret_header", "{name} is a secret: give it in secret_headers, with value_env", {"name": name}
            )
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text):
            raise PydanticCustomError("header_value", "no line breaks in the value of {name}", {"name": name})
    return value


def _chat_id(value: Any) -> Any:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _CHAT_ID.fullmatch(text):
        raise PydanticCustomError("chat_id", 'the number of a chat, such as "-1001234567890", or its "@name"')
    return text


def _content_type(value: str) -> str:
    if not _CONTENT_TYPE.fullmatch(value):
        raise PydanticCustomError("content_type", 'a content type such as "application/json"')
    return value


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise PydanticCustomError("header_name", 'a header name such as "X-Requested-With"')
    return value


#: Seconds, written as a number or as "30s", "5min", "24h", "7d".
Span = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=_TEN_YEARS_S, allow_inf_nan=False)]
#: Bytes, written as a number or as "64KB", "10MB", "1GB".
Size = Annotated[int, BeforeValidator(_bytes), Field(ge=0)]
Id = Annotated[str, AfterValidator(_id)]
FeedId = Annotated[str, AfterValidator(_feed_id)]
#: Text that says something.
Text = Annotated[str, Field(min_length=1)]
Alias = Annotated[Text, AfterValidator(_alias)]
#: Aliases by the name that `@name` uses, which may be Chinese.
Entities = Annotated[dict[str, Annotated[tuple[Alias, ...], Field(min_length=1)]], AfterValidator(_entities)]
LanguageTag = Annotated[str, AfterValidator(_language)]
#: Name of an environment variable.
Variable = Annotated[str, AfterValidator(_variable)]
KeyPrefix = Annotated[str, AfterValidator(_prefix)]
TimeZone = Annotated[str, AfterValidator(_zone)]
HttpAddress = Annotated[str, AfterValidator(_http_address)]
#: An HTTP address, or a route of RSSHub such as "rsshub://36kr/newsflashes".
FeedAddress = Annotated[str, AfterValidator(_feed_address)]
SearchAddress = Annotated[str, AfterValidator(_search_address)]
#: An address that paths are put behind.
PublicAddress = Annotated[str, AfterValidator(_public_address)]
RedisAddress = Annotated[str, AfterValidator(_redis_address)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
#: What `net.allow_hosts` lists: without a port, without wildcards.
PrivateHost = Annotated[str, AfterValidator(_private_host)]
Sender = Annotated[str, AfterValidator(_sender)]
#: A chat of Telegram; numbers may stand without quotes.
ChatId = Annotated[str, BeforeValidator(_chat_id)]
#: Of a body.
ContentType = Annotated[str, AfterValidator(_content_type)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
#: Plain headers; one whose name says that it is a secret is refused.
Headers = Annotated[dict[str, str], AfterValidator(_headers)]
