"""Which of four tables says when an alert is sent, and what says that it is of high severity."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from monitor.settings.load import load
from monitor.settings.schema import Settings
from monitor.settings.snapshot import from_parts, to_parts
from monitor.stories.policy import Policy
from workers.policies import high_of, policy_of
from workers.watchlist_check import WatchlistCheck

TEXT = """
[alerts]
time_zone = "Asia/Shanghai"
[alerts.policy]
send = "daily"
at = "7:30"
quiet = ["22:00-07:00", "23:00-24:00"]
rate = "10/h"
min_sources = 2
high = "@meta"

[entities]
meta = ["Meta", "脸书"]

[[channels]]
id = "plain"
type = "mailbox"
path = "mail"
[[channels]]
id = "team"
type = "mailbox"
path = "mail"
policy = { send = "weekly", weekday = "friday", high_passes = false, quiet = [] }

[[watchlists]]
id = "qwen"
terms = ["Qwen"]
channels = ["plain", "team"]
[[watchlists]]
id = "meta"
terms = ["Meta"]
channels = ["plain", "team"]
[watchlists.policy]
send = "hourly"
updates = false
high = "recall* OR 召回"
rate = "unlimited"
[watchlists.policy.channels.team]
time_zone = "Europe/Berlin"
high_passes = true
rate = "3 / 15min"
"""
NIGHT = (time(22), time(7))
LATE = (time(23), time(0))
GENERAL = Policy(
    send="daily",
    at=time(7, 30),
    time_zone="Asia/Shanghai",
    quiet=(NIGHT, LATE),
    rate=(10, 3600.0),
    min_sources=2,
)


@pytest.fixture(params=["as loaded", "as published"])
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    (tmp_path / "settings.toml").write_text(TEXT, "utf-8")
    loaded = load(tmp_path / "settings.toml", environ={}).settings
    return loaded if request.param == "as loaded" else from_parts(to_parts(loaded))


def policy(settings: Settings, watchlist_id: str, channel_id: str) -> Policy:
    watchlist = next(each for each in settings.watchlists if each.id == watchlist_id)
    channel = next(each for each in settings.channels if each.id == channel_id)
    return policy_of(settings.alerts, watchlist, channel)


def test_the_nearest_table_that_says_something_counts_key_by_key(settings: Settings) -> None:
    assert policy(settings, "qwen", "plain") == GENERAL
    weekly = {"send": "weekly", "weekday": 4, "at": time(7, 30), "min_sources": 2}
    assert policy(settings, "qwen", "team") == Policy(
        **weekly, time_zone="Asia/Shanghai", quiet=(), rate=(10, 3600.0), high_passes=False
    )
    assert policy(settings, "meta", "plain") == Policy(
        send="hourly",
        at=time(7, 30),
        time_zone="Asia/Shanghai",
        quiet=(NIGHT, LATE),
        rate=None,
        min_sources=2,
        updates=False,
    )
    assert policy(settings, "meta", "team") == Policy(
        **weekly, time_zone="Europe/Berlin", quiet=(), rate=(3, 900.0), high_passes=True, updates=False
    )


def test_without_any_policy_everything_is_told_at_once_in_the_readers_zone(settings: Settings) -> None:
    bare = settings.alerts.model_copy(update={"policy": type(settings.alerts.policy)()})
    qwen = next(each for each in settings.watchlists if each.id == "qwen")
    assert policy_of(bare, qwen, settings.channels[0]) == Policy(time_zone="Asia/Shanghai")
    assert high_of(bare, qwen, settings.entities) is None


def test_a_watchlists_own_word_of_what_is_high_counts(settings: Settings) -> None:
    high = {each.id: high_of(settings.alerts, each, settings.entities) for each in settings.watchlists}
    assert {name: each and each.query for name, each in high.items()} == {"qwen": "@meta", "meta": "recall* OR 召回"}


@pytest.mark.parametrize(
    ("broken", "key"),
    [
        ('high = "@meta"', "settings.toml:10: alerts.policy.high"),
        ('high = "recall* OR 召回"', "settings.toml:36: watchlists[1].policy.high"),
    ],
)
def test_what_is_high_has_to_be_in_the_language(tmp_path: Path, broken: str, key: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(TEXT.replace(broken, 'high = "recall* OR"'), "utf-8")
    loaded = load(path, environ={})
    (line,) = loaded.places.shown(WatchlistCheck().problems(loaded.settings))
    assert key in line
    assert "^" in line
