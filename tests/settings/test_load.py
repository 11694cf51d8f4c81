"""Good settings: files, includes and variables come together, and what has not changed is not validated again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from monitor.errors import SettingsError
from monitor.settings.connection import load_redis
from monitor.settings.load import Loaded, Loader, load
from monitor.settings.schema import Settings

MAILBOX = '[[channels]]\nid = "mailbox"\ntype = "mailbox"\npath = "data/mail"\n'


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text, "utf-8")
    return folder / "settings.toml"


def loaded(folder: Path, files: Mapping[str, str], environ: Mapping[str, str] | None = None) -> Loaded:
    return load(written(folder, files), environ=environ or {})


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, {"settings.toml": ""}).settings == Settings()


def test_the_settings_of_the_repository_are_good() -> None:
    settings = load(Path(__file__).parents[2] / "settings.toml", environ={}).settings
    assert {watchlist.id for watchlist in settings.watchlists} == {
        "alexandr-wang",
        "avocado",
        "tbd-lab",
        "qwen-distillation",
    }
    assert len(settings.feeds) > 20


@pytest.mark.parametrize(
    ("written_as", "seconds"),
    [('"250ms"', 0.25), ("90", 90), ('"90"', 90), ('"1.5 min"', 90), ('"2H"', 7200), ('"7d"', 604_800)],
)
def test_a_span_is_written_with_its_unit_or_in_seconds(tmp_path: Path, written_as: str, seconds: float) -> None:
    assert loaded(tmp_path, {"settings.toml": f"[net]\ntimeout = {written_as}"}).settings.net.timeout == seconds


@pytest.mark.parametrize(("written_as", "size"), [("4096", 4096), ('"64KB"', 65_536), ('"1.5 mb"', 1_572_864)])
def test_a_size_is_written_with_its_unit_or_in_bytes(tmp_path: Path, written_as: str, size: int) -> None:
    assert loaded(tmp_path, {"settings.toml": f"[net]\nmax_bytes = {written_as}"}).settings.net.max_bytes == size


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xef\xbb\xbf[net]\r\ntimeout = 7\r\n")
    assert load(tmp_path / "settings.toml", environ={}).settings.net.timeout == 7


def test_every_scalar_can_be_overridden_by_a_variable_in_any_case(tmp_path: Path) -> None:
    environ = {
        "MONITOR__NET__TIMEOUT": "7s",
        "monitor__polling__concurrency": "3",
        "Monitor__Redis__Prefix": "b:",
        "MONITOR__MAIL__SECURITY": "tls",
        "MONITOR__ALERTS__TIME_ZONE": "Asia/Shanghai",
        "MONITOR__NET__ALLOW_HOSTS": '["localhost", "10.0.0.0/8"]',
    }
    settings = loaded(tmp_path, {"settings.toml": '[net]\ntimeout = "1s"\nper_host = 9\n'}, environ).settings
    assert (settings.net.timeout, settings.net.per_host, settings.net.allow_hosts) == (
        7,
        9,
        ("localhost", "10.0.0.0/8"),
    )
    assert (settings.polling.concurrency, settings.redis.prefix) == (3, "b:")
    assert (settings.mail.security, settings.alerts.time_zone) == ("tls", "Asia/Shanghai")


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    files = {"settings.toml": '[redis]\nurl = "redis://a"'}
    assert loaded(tmp_path, files, {"MONITOR__REDIS__URL": ""}).settings.redis.url == "redis://a"


def test_feeds_and_watchlists_come_from_all_included_files(tmp_path: Path) -> None:
    files = {
        "settings.toml": 'include = ["lists/**/*.toml", "*.jsonl", "none/*.toml", "one.toml"]\n'
        + MAILBOX
        + '[[feeds]]\nid = "a"\nurl = "https://a.example/"\n',
        "lists/deep/b.toml": '[[feeds]]\nid = "b"\nurl = "https://b.example/"\n',
        "c.jsonl": '{"id": "c", "url_env": "C"}\n\n{"kind": "watchlist", "id": "w", "terms": ["W"]}\r\n',
        "one.toml": '[[watchlists]]\nid = "v"\nterms = ["V"]\nchannels = ["mailbox"]\n',
        "lists/.hidden.toml": "not = [ toml",
    }
    result = loaded(tmp_path, files)
    assert [feed.id for feed in result.settings.feeds] == ["a", "b", "c"]
    assert [watchlist.id for watchlist in result.settings.watchlists] == ["w", "v"]
    assert {path.name for path in result.files} == {"settings.toml", "b.toml", "c.jsonl", "one.toml"}


def test_a_pattern_that_matches_the_settings_file_does_not_include_it(tmp_path: Path) -> None:
    assert list(loaded(tmp_path, {"settings.toml": 'include = ["*.toml"]'}).files) == [tmp_path / "settings.toml"]


def test_the_digest_follows_contents_and_overrides_but_not_the_place(tmp_path: Path) -> None:
    files = {"settings.toml": 'include = ["a.jsonl"]', "a.jsonl": '{"id": "a", "terms": ["A"]}'}
    one = loaded(tmp_path / "one", files)
    assert loaded(tmp_path / "two", files).digest == one.digest
    assert loaded(tmp_path / "two", files, {"MONITOR__NET__TIMEOUT": "7"}).digest != one.digest
    assert loaded(tmp_path / "two", {**files, "a.jsonl": '{"id": "a", "terms": ["B"]}'}).digest != one.digest


def bulk(count: int, changed: int | None = None) -> str:
    entries = ({"id": f"w{n}", "terms": [f"term {n}{'!' * (n == changed)}"]} for n in range(count))
    return "\n".join(json.dumps(entry) for entry in entries)


def test_a_changed_line_costs_that_line_only(tmp_path: Path) -> None:
    path = written(tmp_path, {"settings.toml": 'include = ["a.jsonl", "b.toml"]', "a.jsonl": bulk(100)})
    (tmp_path / "b.toml").write_text('[[watchlists]]\nid = "b"\nterms = ["B"]\n')
    loader = Loader(path, environ={})
    before = loader.load().settings.watchlists
    (tmp_path / "a.jsonl").write_text(bulk(100, changed=42))
    after = loader.load().settings.watchlists
    assert [n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old is not new] == [42]
    assert after[42].terms == ("term 42!",)


def test_a_loader_recovers_from_a_broken_file(tmp_path: Path) -> None:
    path = written(tmp_path, {"settings.toml": 'include = ["a.jsonl"]', "a.jsonl": bulk(3)})
    loader = Loader(path, environ={})
    loader.load()
    for broken in (path, tmp_path / "a.jsonl"):
        good = broken.read_text()
        broken.write_text("{")
        with pytest.raises(SettingsError):
            loader.load()
        assert loader.look() == loader.files
        broken.write_text(good)
        assert loader.look() != loader.files
        assert len(loader.load().settings.watchlists) == 3


def test_the_redis_section_is_read_although_feeds_are_broken(tmp_path: Path) -> None:
    path = written(tmp_path, {"settings.toml": '[redis]\nprefix = "a:"\n[[feeds]]\nid = 3\n'})
    assert load_redis(path, environ={"MONITOR__REDIS__URL": "redis://b"}).url == "redis://b"
    assert load_redis(path, environ={}).prefix == "a:"


def test_a_broken_redis_section_is_refused_by_itself(tmp_path: Path) -> None:
    path = written(tmp_path, {"settings.toml": '[redis]\nprefix = "{"\n[net]\ntimeout = 0'})
    with pytest.raises(SettingsError) as refusal:
        load_redis(path, environ={})
    assert refusal.value.problems == (
        f'{path}:2: redis.prefix = "{{": at most 50 characters without spaces and braces',
    )
