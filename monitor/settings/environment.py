"""Environment variables `MONITOR__SECTION__KEY` become overrides of the settings' scalars.

The only place that knows pydantic-settings. What lists hold (feeds, channels, watchlists) cannot be reached this way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from monitor.settings.channels import MailSettings
from monitor.settings.locate import Key
from monitor.settings.problems import Problem
from monitor.settings.schema import (
    AlertsSettings,
    NetSettings,
    PollingSettings,
    RedisSettings,
    StoriesSettings,
    WebSettings,
)
from monitor.settings.section import Section

PREFIX = "MONITOR__"
_LISTS = ("feeds", "search_feeds", "channels", "watchlists", "entities", "include")


class Sections(BaseSettings):
    """The tables whose keys a variable can override."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True)

    redis: RedisSettings = RedisSettings()
    net: NetSettings = NetSettings()
    polling: PollingSettings = PollingSettings()
    mail: MailSettings = MailSettings()
    alerts: AlertsSettings = AlertsSettings()
    web: WebSettings = WebSettings()
    stories: StoriesSettings = StoriesSettings()


SECTIONS: Mapping[str, type[Section]] = {name: type(field.default) for name, field in Sections.model_fields.items()}
#: The key that each variable overrides, by the variable's lower-case name.
VARIABLES: Mapping[str, Key] = {
    f"{PREFIX}{name}__{key}".lower(): (name, key) for name, section in SECTIONS.items() for key in section.model_fields
}


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the environment says about settings; the values are not validated yet."""

    values: Mapping[Key, Any]
    #: The variable of every key that is overridden.
    variables: Mapping[Key, str]
    problems: tuple[Problem, ...]


def overrides(environ: Mapping[str, str]) -> Overrides:
    """Return the overrides in an environment, and a problem for every variable that overrides nothing.

    Names are read without regard to case; an empty variable counts as unset, as container files often pass it.
    """
    values: dict[Key, Any] = {}
    variables: dict[Key, str] = {}
    problems: list[Problem] = []
    for name, text in environ.items():
        if not name.upper().startswith(PREFIX) or not text:
            continue
        key = VARIABLES.get(name.lower())
        if key is None:
            problems.append(Problem(_unknown(name), (PREFIX, name)))
        else:
            values[key] = _value(name, text, key)
            variables[key] = name
    return Overrides(values, variables, tuple(problems))


def _value(name: str, text: str, key: Key) -> Any:
    source = EnvSettingsSource(Sections)
    source.env_vars = {name.lower(): text}
    section, field = key
    try:
        return source()[str(section)][field]
    except UnreadableVariable:
        return text  # not the JSON that a list needs; validation says so


def _unknown(name: str) -> str:
    parts = name.lower().removeprefix(PREFIX.lower()).split("__")
    if parts[0] in _LISTS:
        return f"{parts[0]} are lists, which no variable reaches; write them in the settings file"
    section = next(iter(get_close_matches(parts[0], SECTIONS, n=1)), None)
    if section is None or len(parts) != 2:
        return f"unknown variable; they are named {PREFIX}SECTION__KEY, where SECTION is one of {', '.join(SECTIONS)}"
    key = next(iter(get_close_matches(parts[1], SECTIONS[section].model_fields, n=1)), None)
    if key is None:
        return f"unknown variable; [{section}] has {', '.join(SECTIONS[section].model_fields)}"
    return f"unknown variable, did you mean {PREFIX}{section.upper()}__{key.upper()}?"
