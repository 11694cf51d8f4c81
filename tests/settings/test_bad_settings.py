"""Settings that are refused: every problem is named, with its file, line and value, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import SettingsError
from monitor.settings.load import load
from tests.settings.bad_settings import Refused, read_cases

CASES = read_cases()


def problems_of(case: Refused) -> tuple[str, ...]:
    for name, text in case.files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, "utf-8")
    with pytest.raises(SettingsError) as refusal:
        load(Path("settings.toml"), environ=case.environ)
    return refusal.value.problems


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_refused_with_every_reason(case: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    problems = problems_of(case)
    assert len(problems) == len(case.answer)
    for problem, expected in zip(problems, case.answer, strict=True):
        if expected.endswith("…"):
            assert problem.startswith(expected[:-1])
        else:
            assert problem == expected
        assert "hunter" not in problem


def test_text_that_is_not_utf_8_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes('[net]\ncontact = "新闻"\n'.encode("gbk"))
    with pytest.raises(SettingsError) as refusal:
        load(path, environ={})
    assert refusal.value.problems == (f"{path}:2: is not UTF-8 text; save it as UTF-8",)


def test_a_line_that_is_not_utf_8_costs_that_line(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('include = ["a.jsonl"]\n')
    (tmp_path / "a.jsonl").write_bytes(
        b'{"id": "a", "terms": ["A"]}\n' + '{"id": "b", "terms": ["新闻"]}'.encode("gbk")
    )
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path / "settings.toml", environ={})
    assert refusal.value.problems == (f"{tmp_path / 'a.jsonl'}:2: is not UTF-8 text; save it as UTF-8",)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path / "settings.toml", environ={})
    assert refusal.value.problems == (f"{tmp_path / 'settings.toml'}: cannot be read: No such file or directory",)


@pytest.mark.parametrize(("name", "said"), [("a.toml", "not TOML"), ("a.jsonl", "not JSON")])
def test_nesting_without_end_is_refused_like_any_bad_text(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "settings.toml").write_text(f'include = ["{name}"]\n')
    deep = "[" * 100_000
    (tmp_path / name).write_text(f"a = {deep}" if name.endswith(".toml") else deep)
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path / "settings.toml", environ={})
    assert said in refusal.value.problems[0]


def test_the_error_says_how_many_problems_there_are_and_the_first(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[net]\ntimeout = 0\nper_host = 0\n")
    with pytest.raises(SettingsError) as refusal:
        load(path, environ={})
    assert str(refusal.value) == (f"settings: {path}: 2 problems, the first: {path}:2: net.timeout = 0: more than 0")


def test_a_mistake_that_is_made_everywhere_is_not_told_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("".join(f'[[watchlists]]\nid = "w{n}"\n' for n in range(1_000)))
    with pytest.raises(SettingsError, match="1000 problems") as refusal:
        load(path, environ={})
    assert len(refusal.value.problems) == 101
    assert refusal.value.problems[-1] == f"{path}: and 900 more problems"
