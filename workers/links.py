"""The links that alerts carry, made of the settings in force and the keys that this process can read.

All processes that sign or verify must have the same keys. With the embedded server they share its data folder, where
the key lies; with a server of your own they may be on other machines, so the settings have to name it.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from monitor.alerts.links import Links
from monitor.errors import SettingsError
from monitor.settings import schema
from monitor.settings.signing_keys import kept_keys, usable
from workers.wiring import Place, is_embedded

log = structlog.get_logger()


def links_of(settings: schema.Settings, place: Place) -> Links | None:
    """Give the links of alerts; None without `web.public_url`, or, said in the log, where no key can be had."""
    if settings.web.public_url is None:
        return None
    try:
        return Links(settings.web.public_url, signing_keys(settings, place))
    except SettingsError as error:
        log.error("alerts carry no links", reason=str(error))
        return None


def signing_keys(settings: schema.Settings, place: Place) -> tuple[bytes, ...]:
    """Read the keys, the one that signs first. Raises SettingsError where there is none."""
    if named := tuple(_named(settings.web, place)):
        return named
    redis = place.redis or settings.redis
    if is_embedded(redis):
        return kept_keys(place.folder / redis.data_dir)
    raise SettingsError(
        "web.signing_key",
        "with a Redis of your own, processes may run on several machines, which must sign alike: "
        "set web.signing_key_env or web.signing_key_file on each",
    )


def _named(web: schema.WebSettings, place: Place) -> Iterator[bytes]:
    for name, env, file in (
        ("web.signing_key", web.signing_key_env, web.signing_key_file),
        ("web.former_signing_key", web.former_signing_key_env, web.former_signing_key_file),
    ):
        if env or file:
            yield usable(place.secret(env, file), named=name)
