"""The signing key: made once, kept for its owner alone, rotated with the old ones still read."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.errors import SettingsError
from monitor.settings.connection import load_redis
from monitor.settings.load import load
from monitor.settings.schema import Settings
from monitor.settings.signing_keys import FILE, KEPT, kept_keys, rotate
from workers.links import links_of
from workers.wiring import Place

LONG = "x" * 32


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data/redis"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: kept_keys(folder), range(32)))
    assert len(made) == 1
    assert [len(key) for key in made.pop()] == [43]
    assert [path.name for path in folder.iterdir()] == [FILE]
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def test_a_rotation_keeps_the_former_keys_within_bounds_or_forgets_them(tmp_path: Path) -> None:
    first = kept_keys(tmp_path)
    for number in range(1, KEPT + 3):
        assert rotate(tmp_path, forget=False) == min(number, KEPT)
    keys = kept_keys(tmp_path)
    assert len(keys) == len(set(keys)) == KEPT + 1
    assert first[0] not in keys
    assert rotate(tmp_path, forget=True) == 0
    assert not set(kept_keys(tmp_path)) & set(keys)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(("text", "reason"), [("", "holds no signing key"), ("short\n", "at least 32 characters")])
def test_a_file_that_holds_no_good_key_is_named_and_not_shown(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=reason) as raised:
        kept_keys(tmp_path)
    assert "short" not in str(raised.value)


URL = 'public_url = "https://news.example.org"\n'
ENV = 'signing_key_env = "NEW"\nformer_signing_key_env = "OLD"\n'


@pytest.mark.parametrize(
    ("text", "environ", "keys"),
    [
        ("", {}, None),
        (f"[web]\n{URL}", {}, "kept"),
        (f'[redis]\nurl = "redis://r/"\n[web]\n{URL}', {}, None),
        (f'[redis]\nurl = "redis://r/"\n[web]\n{URL}{ENV}', {"NEW": LONG, "OLD": LONG + "o"}, [LONG, LONG + "o"]),
        (f'[web]\n{URL}signing_key_file = "key"\n', {}, ["f" * 40]),
        (f"[web]\n{URL}{ENV}", {"NEW": LONG}, None),
        (f"[web]\n{URL}{ENV}", {"NEW": "guess", "OLD": LONG}, None),
    ],
    ids=["no address", "embedded", "own server", "own server, named", "file", "not set", "too short"],
)
def test_which_keys_sign(tmp_path: Path, text: str, environ: dict[str, str], keys: list[str] | str | None) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, "utf-8")
    (tmp_path / "key").write_text("f" * 40 + "\n", "utf-8")
    loaded = load(path, environ=environ).settings
    # As a worker has it: what is in force does not say where a host finds its server.
    in_force = loaded.model_copy(update={"redis": Settings().redis})
    links = links_of(in_force, Place(path, environ, load_redis(path, environ=environ)))
    if keys == "kept":
        assert links is not None
        assert links.keys == kept_keys(tmp_path / "data/redis")
    else:
        assert (links and [key.decode() for key in links.keys]) == keys
        assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        (f"[web]\n{URL}", "links of 1 former key still work", 0),
        (f"[web]\n{URL}{ENV}", "web.former_signing_key_env", 2),
        ('[redis]\nurl = "redis://r/"\n', "web.signing_key_env", 2),
    ],
)
def test_the_command_rotates_our_own_key_and_says_how_to_rotate_another(
    tmp_path: Path, text: str, said: str, code: int
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(app, ["links", "rotate", "--settings", str(path)])
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert (tmp_path / "data/redis" / FILE).exists() is (code == 0)


def test_a_key_file_that_the_service_could_not_read_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept_keys(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / FILE).stat().st_uid + 1)
    with pytest.raises(SettingsError, match="run this as that user"):
        rotate(tmp_path, forget=True)
    assert kept_keys(tmp_path) == before
