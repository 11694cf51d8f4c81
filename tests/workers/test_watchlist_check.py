"""Watchlists that do not compile, and examples that do not hold, are named; what has not changed is not asked again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Watchlist
from monitor.queue.store import Store
from monitor.settings.load import load
from monitor.settings.schema import Settings, WatchlistSettings
from tests.workers.crew import crew
from workers import watchlist_check
from workers.watchlist_check import WatchlistCheck


def settings(*watchlists: WatchlistSettings, **entities: tuple[str, ...]) -> Settings:
    return Settings(watchlists=watchlists, entities=entities)


def a_watchlist(name: str, query: str, *, match: tuple[str, ...] = (), enabled: bool = True) -> WatchlistSettings:
    return WatchlistSettings.model_validate(
        {"id": name, "query": query, "examples": {"match": match}, "enabled": enabled}
    )


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Return, and forget, the ids of the watchlists that were looked at."""
    looked: list[str] = []
    check = watchlist_check.check

    def noted(watchlist: Watchlist) -> None:
        looked.append(watchlist.id)
        check(watchlist)

    monkeypatch.setattr(watchlist_check, "check", noted)

    def taken() -> list[str]:
        taken, looked[:] = list(looked), []
        return taken

    return taken


def test_only_what_changed_is_looked_at_again(checked: Callable[[], list[str]]) -> None:
    check, one, two = WatchlistCheck(), a_watchlist("one", "Qwen"), a_watchlist("two", "千问")
    assert check.problems(settings(one, two)) == []
    assert checked() == ["one", "two"]
    assert check.problems(settings(two, one.model_copy())) == []
    assert checked() == []
    assert check.problems(settings(a_watchlist("one", "Qwen3"), two)) == []
    assert checked() == ["one"]
    assert check.problems(settings(two)) == []
    assert check.problems(settings(one, two)) == []
    assert checked() == ["one"], "it had been taken out"


def test_an_entitys_change_reaches_the_watchlists_that_name_it(checked: Callable[[], list[str]]) -> None:
    check = WatchlistCheck()
    both = (a_watchlist("one", "@meta", match=("Facebook",)), a_watchlist("two", "Qwen"))
    assert check.problems(settings(*both, meta=("Meta", "Facebook"))) == []
    checked()
    (problem,) = check.problems(settings(*both, meta=("Meta",)))
    assert problem.key == ("watchlists", 0, "examples", "match", 0)
    assert checked() == ["meta", "one"]


#: By id, the forms that a watchlist takes in turn.
FORMS = {
    "a": [a_watchlist("a", "@meta", match=("Qwen",)), a_watchlist("a", "Qwen", match=("Qwen",))],
    "b": [a_watchlist("b", "千问 OR @sam"), a_watchlist("b", "千问 OR @sam", enabled=False)],
    "c": [a_watchlist("c", "Qwen OR"), a_watchlist("c", "Qwen")],
}
ALIASES = st.sampled_from([("Meta",), ("Qwen", "Meta")])
some_settings = st.builds(
    lambda lists, entities: Settings(watchlists=tuple(filter(None, lists.values())), entities=entities),
    st.fixed_dictionaries({name: st.none() | st.sampled_from(forms) for name, forms in FORMS.items()}),
    st.fixed_dictionaries({"meta": ALIASES}, optional={"sam": ALIASES}),
)


@given(st.lists(some_settings, min_size=2, max_size=5))
def test_a_look_at_what_changed_finds_what_a_look_at_everything_finds(versions: list[Settings]) -> None:
    check = WatchlistCheck()
    for version in versions:
        assert check.problems(version) == WatchlistCheck().problems(version)


def test_what_was_found_bad_is_told_again() -> None:
    check, bad = WatchlistCheck(), settings(a_watchlist("one", "Qwen OR"))
    first = check.problems(bad)
    assert len(first) == 1
    assert check.problems(bad) == first


def test_a_watchlist_that_is_switched_off_may_be_unfinished() -> None:
    assert WatchlistCheck().problems(settings(a_watchlist("one", "Qwen OR", enabled=False))) == []


REFUSED = [
    ('query = "(Qwen"', "4: watchlists[0].query: column 1: this bracket is never closed\n    (Qwen\n    ^"),
    (
        'query = "@mata"',
        "4: watchlists[0].query: column 1: there is no entity 'mata' in [entities]; did you mean meta?…",
    ),
    (
        'query = """\ntilte:Qwen"""',
        "4: watchlists[0].query: column 1: there is no field 'tilte'; …",
    ),
    ('terms = [\n  "Qwen",\n  "~abc",\n  "@mata",\n]', '6: watchlists[0].terms[1]: the term "~abc": …'),
    ('terms = ["Qwen"]\nexclude = ["·"]', '5: watchlists[0].exclude[0]: the term "·": …'),
    (
        'query = "Qwen NOT 大疆"\nexamples.match = [\n  "Qwen",\n  "大疆用Qwen",\n]',
        '7: watchlists[0].examples.match[1] = "大疆用Qwen": does not match: …',
    ),
    (
        'query = "Qwen"\nexamples.no_match = ["大疆用Qwen"]',
        '5: watchlists[0].examples.no_match[0] = "大疆用Qwen": matches: Qwen in the title.',
    ),
]


@pytest.mark.parametrize(("lines", "expected"), REFUSED)
def test_a_problem_names_file_and_line(lines: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'entities.meta = ["Meta"]\n[[watchlists]]\nid = "a"\n{lines}\n', "utf-8")
    loaded = load(path, environ={})
    said = loaded.places.shown(WatchlistCheck().problems(loaded.settings))[0]
    assert said.startswith(f"{path}:{expected.removesuffix('…')}")
    assert expected.endswith("…") or said == f"{path}:{expected}"


def test_an_entity_that_could_never_be_found_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[entities]\nmeta = ["Meta",\n "·", "~abc"]\n[[watchlists]]\nid = "a"\nquery = "@meta"\n', "utf-8")
    loaded = load(path, environ={})
    found = loaded.places.shown(WatchlistCheck().problems(loaded.settings))
    assert [line.partition(": ")[0] for line in found] == [f"{path}:3"] * 2
    assert "entities.meta[1]: " in found[0]
    assert "entities.meta[2]: " in found[1]


def test_in_json_lines_the_line_is_the_place(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('include = ["a.jsonl"]\n[[watchlists]]\nid = "z"\nquery = "Z"\n')
    (tmp_path / "a.jsonl").write_text(
        '{"id": "f", "url": "https://a.example/"}\n{"id": "a", "query": "A"}\n\n'
        '{"id": "b", "query": "B", "examples": {"no_match": ["C", "B"]}}\n'
    )
    loaded = load(tmp_path / "settings.toml", environ={})
    assert loaded.places.shown(WatchlistCheck().problems(loaded.settings)) == (
        f'{tmp_path / "a.jsonl"}:4: examples.no_match[1] = "B": matches: B in the title.',
    )


SETTINGS = """
[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[watchlists]]
id = "qwen"
query = "Qwen {more}"
examples.match = ["Qwen distilled"]
channels = ["box"]
"""


async def test_an_edit_that_breaks_its_own_example_is_refused_while_the_service_runs(
    store: Store, tmp_path: Path
) -> None:
    async with crew(store, tmp_path, SETTINGS.format(more=""), "matcher", "notifier") as workers:
        await workers.keep()
        workers.path.write_text(SETTINGS.format(more="NOT distill*"), "utf-8")
        await workers.eventually(lambda status: bool(status["settings"]["refused"]))
        (refused,) = (await workers.status())["settings"]["refused"]
        assert (
            'settings.toml:10: watchlists[0].examples.match[0] = "Qwen distilled": does not match: '
            in refused["reason"]
        )

        await workers.publish("Qwen distilled again")
        await workers.eventually(lambda status: status["channels"][0]["delivered"] == 1)
        workers.path.write_text(SETTINGS.format(more="OR 千问"), "utf-8")
        await workers.eventually(
            lambda status: (
                {row["settings_version"] for row in status["workers"]} == {2} and not status["settings"]["refused"]
            )
        )


async def test_an_entitys_new_alias_reaches_the_watchlist_that_names_it(store: Store, tmp_path: Path) -> None:
    def text(aliases: str) -> str:
        return f"entities.meta = {aliases}\n" + SETTINGS.format(more="OR @meta")

    async with crew(store, tmp_path, text('["Meta"]'), "matcher", "notifier") as workers:
        await workers.keep()
        workers.path.write_text(text('["Meta", "Facebook"]'), "utf-8")
        await workers.eventually(lambda status: {row["settings_version"] for row in status["workers"]} == {2})
        await workers.publish("Facebook buys a lab")
        await workers.eventually(lambda status: status["channels"][0]["delivered"] == 1)
