"""Titles become examples as an owner would write them: nothing else of the file changes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from monitor.errors import SettingsError
from monitor.settings.examples import NewExamples, add_examples

BEFORE = """# My settings.
[[watchlists]]
id = "a"
terms = ["A"]
examples.match = ["other A"]

"""
AFTER = """
# ---- Others ----

[[watchlists]]
id = "z"
terms = ["Z"]  # last
"""
#: Stands for the first title as TOML has it.
ONE = r'"A \"one\" 千问"'
NEW = NewExamples(('A "one" 千问', "A two", "A two"), ("no A",))

CASES = {
    "none yet": (
        """[[watchlists]]
# About it.
id = "w" # its id
terms = ["A"]  # and this
channels = []
""",
        """[[watchlists]]
# About it.
id = "w" # its id
terms = ["A"]  # and this
channels = []
examples.match = [
    ONE,
    "A two",
]
examples.no_match = [
    "no A",
]
""",
    ),
    "dotted": (
        """[[watchlists]]
id = "w"
examples.match = ["A two"]  # good
terms = ["A"]
""",
        """[[watchlists]]
id = "w"
examples.match = ["A two", ONE]  # good
examples.no_match = [
    "no A",
]
terms = ["A"]
""",
    ),
    "several lines": (
        """[[watchlists]]
id = "w"
terms = ["A"]
examples.match = [
  "A two",  # the second
  # more to come
]
examples.no_match = [
  "B", # not A
  "C"
]
""",
        """[[watchlists]]
id = "w"
terms = ["A"]
examples.match = [
  "A two",  # the second
  # more to come
  ONE
]
examples.no_match = [
  "B", # not A
  "C",
  "no A"
]
""",
    ),
    "a table of its own": (
        """[[watchlists]]
id = "w"
terms = ["A"]

[watchlists.examples] # all of them
no_match = ["no A"]
match = ["A two"]
""",
        """[[watchlists]]
id = "w"
terms = ["A"]

[watchlists.examples] # all of them
no_match = ["no A"]
match = ["A two", ONE]
""",
    ),
    "another table behind": (
        """[[watchlists]]
id = "w"
terms = ["A"]

[watchlists.policy]
updates = false
""",
        None,
    ),
    "inline": (
        """[[watchlists]]
id = "w"
terms = ["A"]
examples = {match = ["A two"], no_match = ["no A"]}
""",
        """[[watchlists]]
id = "w"
terms = ["A"]
examples = {match = ["A two", ONE], no_match = ["no A"]}
""",
    ),
}


def said(text: str) -> dict[str, object]:
    return next(each for each in tomllib.loads(text)["watchlists"] if each["id"] == "w")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("entry", "wanted"), CASES.values(), ids=list(CASES))
def test_titles_are_added_to_the_one_entry(tmp_path: Path, entry: str, wanted: str | None, newline: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(f"{BEFORE}{entry}{AFTER}".replace("\n", newline).encode())
    count = add_examples(path, "w", NEW, environ={})
    text = path.read_bytes().decode()
    assert text.count("\r") == (text.count("\n") if newline == "\r\n" else 0)
    plain = text.replace("\r\n", "\n")
    assert plain.startswith(BEFORE)
    assert plain.endswith(AFTER)
    if wanted is not None:
        assert plain == f"{BEFORE}{wanted.replace('ONE', ONE)}{AFTER}"
    before, after = said(entry), said(plain)
    there = before.get("examples", {})
    assert isinstance(there, dict)
    examples = after.pop("examples")
    assert set(examples["match"]) == {'A "one" 千问', "A two"}
    assert "no A" in examples["no_match"]
    assert count == sum(len(examples[name]) - len(there.get(name, [])) for name in ("match", "no_match"))
    before.pop("examples", None)
    assert after == before
    assert add_examples(path, "w", NEW, environ={}) == 0
    assert path.read_bytes().decode() == text


def test_an_included_file_is_changed_where_the_watchlist_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('include = ["lists/*"]\n', "utf-8")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/a.toml").write_text(CASES["none yet"][0], "utf-8")
    (tmp_path / "lists/b.jsonl").write_text('{"id": "j", "terms": ["J"]}\n', "utf-8")
    assert add_examples(path, "w", NEW, environ={}) == 3
    assert path.read_text("utf-8") == 'include = ["lists/*"]\n'
    assert "no A" in (tmp_path / "lists/a.toml").read_text("utf-8")
    with pytest.raises(SettingsError, match="stands in no TOML file"):
        add_examples(path, "j", NEW, environ={})


def test_what_is_not_written_as_a_table_is_left_to_its_owner(tmp_path: Path) -> None:
    path, text = tmp_path / "settings.toml", 'watchlists = [{id = "w", terms = ["A"]}]\n'
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match="by hand"):
        add_examples(path, "w", NEW, environ={})
    assert path.read_text("utf-8") == text
