"""The `[redis]` section alone: what a role needs in order to reach the settings that are in force.

A role that starts while the file's feeds or watchlists are broken works on with the last good settings, so only what it
reads here must be valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.settings.environment import overrides
from monitor.settings.load import read_source, refusal
from monitor.settings.merge import section_of
from monitor.settings.places import Places
from monitor.settings.problems import Problem
from monitor.settings.schema import RedisSettings


def load_redis(path: Path, *, environ: Mapping[str, str]) -> RedisSettings:
    """Return `[redis]` of a settings file and the environment; raises SettingsError for problems of that section."""
    overridden = overrides(environ)
    _digest, source = read_source(path)
    problems: list[Problem] = [] if source.readable else list(source.problems)
    redis = section_of("redis", source.tables, overridden, problems)
    if problems or not isinstance(redis, RedisSettings):
        raise refusal(path, problems, Places([source], overridden.variables, read=Path.read_bytes))
    return redis
