"""What holds for every Lua script: all its keys come through KEYS, so that a cluster can run it, and it is in use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import monitor.queue

FOLDER = Path(monitor.queue.__file__).parent
SCRIPTS = sorted(FOLDER.glob("scripts/*.lua"), key=lambda path: path.name)

CALL = re.compile(r"redis\.p?call\(([^\n]*)")
#: A command without a key; one with a subcommand before its key; any other; and commit_poll's own function.
GOOD = re.compile(
    r"'TIME'\)"
    r"|'(XGROUP|XINFO|OBJECT|MEMORY)', '[A-Z]+', KEYS\[[^\]]+\][,)]"
    r"|'(?!XGROUP|XINFO|OBJECT|MEMORY)[A-Z]+', KEYS\[[^\]]+\][,)]"
    r"|command, key, unpack\("
)
IN_PARTS = re.compile(r"(?<!function )in_parts\(([^\n]*)")


def foreign_keys(text: str) -> list[str]:
    """Give the calls of a script whose key does not come from KEYS."""
    calls = [*CALL.findall(text), *IN_PARTS.findall(text)]
    assert calls
    return [call for call in calls if not GOOD.match(call)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_key_of_a_script_comes_through_keys(path: Path) -> None:
    assert foreign_keys(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "call",
    [
        "'GET', 'news:due')",
        "'XINFO', 'GROUPS', ARGV[1])",
        "'HSET', KEYS[1] .. 'x', 'v', 1)",
        "'GET', key)",
        "command, ARGV[1])",
    ],
)
def test_a_key_of_another_origin_would_be_seen(call: str) -> None:
    assert foreign_keys(f"local x = redis.call({call}") == [call]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_declares_itself(path: Path) -> None:
    # A script without a shebang line may cross slots, and stops in the middle where the server is full.
    assert path.read_text("utf-8").startswith("#!lua")


def test_every_script_is_used_once() -> None:
    code = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.py"))
    loaded = re.findall(r"Script\.load\(\"(\w+)\"\)", code)
    assert set(loaded) == {path.stem for path in SCRIPTS}
