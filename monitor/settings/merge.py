"""What the files and the environment contribute becomes `Settings`, or the list of everything that is wrong with it.

Pure. The settings file owns sections, entities and channels; feeds and watchlists come from all files, in their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.settings.channels import KINDS, Channel, MailSettings
from monitor.settings.checks import Entries, contradictions
from monitor.settings.environment import SECTIONS, Overrides
from monitor.settings.parse import Source, validated
from monitor.settings.problems import ABSENT, Problem, choice, safe_value, unknown_key
from monitor.settings.schema import PollingSettings, SearchFeedSettings, Settings
from monitor.settings.search_engines import search_engines
from monitor.settings.section import Section


def merge(sources: Sequence[Source], overrides: Overrides) -> tuple[Settings | None, list[Problem]]:
    """Return the settings, or None and every problem; the first source is the settings file."""
    main, *included = sources
    problems = [*overrides.problems, *(problem for source in sources for problem in source.problems)]
    problems += _strays(main, included)
    sections = {name: section_of(name, main.tables, overrides, problems) for name in SECTIONS}
    include = included_patterns(main, problems)
    entities = _entities(main.tables.get("entities", {}), problems)
    channels = _channels(main.tables.get("channels", []), problems)
    search_feeds = _search_feeds(main.tables.get("search_feeds", []), problems)
    entries = Entries(
        feeds=[feed for source in sources for feed in source.feeds],
        channels=channels,
        watchlists=[watchlist for source in sources for watchlist in source.watchlists],
        channel_ids=_ids(main.tables.get("channels", [])),
        search_feeds=search_feeds,
        search_ids=_ids(main.tables.get("search_feeds", [])).union(search_engines(())),
        mail=mail if isinstance(mail := sections["mail"], MailSettings) else None,
        polling=polling if isinstance(polling := sections["polling"], PollingSettings) else None,
        operator_channel=getattr(sections["alerts"], "operator_channel", None),
        policy=getattr(sections["alerts"], "policy", None),
    )
    if main.readable:  # without its channels, every reference would be one more problem
        problems += contradictions(entries)
    if problems:
        return None, problems
    settings = Settings.model_validate({**sections, "include": include, "entities": entities})
    # Each of these is valid by now; to validate them again would cost as much as all else of a reload.
    lists = {
        "feeds": entries.feeds,
        "search_feeds": search_feeds,
        "channels": channels,
        "watchlists": entries.watchlists,
    }
    return settings.model_copy(update={name: tuple(each) for name, each in lists.items()}), []


def included_patterns(main: Source, problems: list[Problem]) -> tuple[str, ...]:
    """Return the patterns of the files to include; adds a problem where they are no list of texts."""
    patterns = main.tables.get("include", [])
    if isinstance(patterns, list) and all(isinstance(pattern, str) and pattern.strip() for pattern in patterns):
        return tuple(patterns)
    problems.append(Problem('a list of files and patterns such as ["lists/*.toml"]', ("include",), ABSENT, main.path))
    return ()


def _strays(main: Source, included: Sequence[Source]) -> list[Problem]:
    """Return a problem for every table that may not stand where it stands."""
    problems = []
    for name, value in main.tables.items():
        if name not in Settings.model_fields:
            text, shown = unknown_key(name, Settings.model_fields.keys(), safe_value((name,), value))
            problems.append(Problem(text, (name,), shown, main.path))
    for source in included:
        for name in source.tables:
            text = "an included file holds [[feeds]] and [[watchlists]] only; this belongs into the settings file"
            problems.append(Problem(text, (name,), ABSENT, source.path))
    return problems


def section_of(name: str, tables: Mapping[str, Any], overrides: Overrides, problems: list[Problem]) -> Section | None:
    """Return one section of the settings file under the environment's overrides; what is wrong goes to `problems`."""
    raw = tables.get(name, {})
    if isinstance(raw, dict):
        raw = {**raw, **{str(key[1]): value for key, value in overrides.values.items() if key[0] == name}}
    valid, wrong = validated(SECTIONS[name], raw, path=None, key=(name,))
    problems += wrong
    return valid


def _entities(raw: object, problems: list[Problem]) -> Mapping[str, tuple[str, ...]]:
    valid, wrong = validated(Settings, {"entities": raw}, path=None, key=())
    problems += wrong
    return valid.entities if valid else {}


def _channels(raw: object, problems: list[Problem]) -> list[Channel | None]:
    if not isinstance(raw, list):
        problems.append(Problem("a list of tables, each of which begins with [[channels]]", ("channels",)))
        return []
    channels: list[Channel | None] = []
    for index, table in enumerate(raw):
        channel, wrong = _channel(index, table)
        channels.append(channel)
        problems += wrong
    return channels


def _channel(index: int, table: object) -> tuple[Channel | None, list[Problem]]:
    kind = table.get("type") if isinstance(table, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        value = ABSENT if kind is None else kind
        return None, [Problem(choice(kind, tuple(KINDS)), ("channels", index, "type"), value)]
    return validated(KINDS[kind], table, path=None, key=("channels", index))


def _search_feeds(raw: object, problems: list[Problem]) -> list[SearchFeedSettings | None]:
    if not isinstance(raw, list):
        problems.append(Problem("a list of tables, each of which begins with [[search_feeds]]", ("search_feeds",)))
        return []
    engines: list[SearchFeedSettings | None] = []
    for index, table in enumerate(raw):
        engine, wrong = validated(SearchFeedSettings, table, path=None, key=("search_feeds", index))
        engines.append(engine)
        problems += wrong
    return engines


def _ids(raw: object) -> frozenset[str]:
    tables = raw if isinstance(raw, list) else []
    return frozenset(str(table["id"]) for table in tables if isinstance(table, dict) and "id" in table)
