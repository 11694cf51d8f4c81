"""`news-monitor watchlists suggest`: what it proposes, and what it writes into the settings file."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.queue.feedback import FeedbackBook
from monitor.queue.store import Store
from tests.cli.prepared import Prepared
from tests.conftest import Valkey
from tests.watchlists.judged import said

SETTINGS = """[redis]
url = "{url}"
prefix = "{prefix}"

[[watchlists]]  # the model, not the fruit
id = "avocado"
query = "(Avocado OR 牛油果) NOT toast"
examples.match = ["Meta's Avocado"]  # the first
"""

TITLES = [
    *[("no", f"Avocado recipe number {n}") for n in range(5)],
    ("no", "牛油果食谱大全"),
    ("no", "牛油果食谱十种"),
    *[("yes", f"Meta trains Avocado {n}") for n in range(6)],
    ("no", "Avocado toast"),  # settled by an edit since
    ("yes", "Meta's next model"),  # matched by its summary
]


async def judge(store: Store, path: Path) -> None:
    book = FeedbackBook(store)
    for number, (verdict, title) in enumerate(TITLES):
        one = said(number, verdict, (title, "Avocado" if "next" in title else ""))
        assert await book.note(replace(one, watchlist_id="avocado"), most=100)


@pytest.fixture
def service(valkey: Valkey, tmp_path: Path) -> Prepared:
    service = Prepared.on(valkey.url, tmp_path)
    service.path.write_text(SETTINGS.format(url=valkey.url, prefix=service.prefix), "utf-8")
    service.fill(judge)
    return service


def test_each_clause_is_told_with_what_it_would_have_done(service: Prepared) -> None:
    result = service.run("watchlists", "suggest", "avocado")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[:2] == [
        "avocado: 7 ✓ and 7 ✗ that it still matches",
        "1 verdict left out: of digests, or of what it matches no more",
    ]
    assert lines[2:6] == [
        "",
        "1. NOT (recipe OR 食谱)",
        "   would have dropped 7 ✗ and 0 ✓, and kept 7 ✓ and 0 ✗",
        '   query = "((Avocado OR 牛油果) NOT toast) NOT (recipe OR 食谱)"',
    ]
    assert "   drops ✗ Avocado recipe number 0" in lines
    assert "   drops ✗ and 4 more" in lines
    assert any(line.startswith("   asks for words seen so far") for line in lines)


def test_programs_are_told_all_of_it(service: Prepared) -> None:
    told: dict[str, Any] = json.loads(service.run("watchlists", "suggest", "avocado", "--json").stdout)
    assert (told["watchlist"], told["judged"], told["left_out"]) == ("avocado", {"relevant": 7, "irrelevant": 7}, 1)
    first = told["suggestions"][0]
    assert (first["kind"], first["clause"]) == ("not", "NOT (recipe OR 食谱)")
    assert first["edited"] == {"query": "((Avocado OR 牛油果) NOT toast) NOT (recipe OR 食谱)"}
    assert [(word["word"], word["relevant"], word["irrelevant"]) for word in first["words"]] == [
        ("recipe", 0, 5),
        ("食谱", 0, 2),
    ]
    assert (len(first["drops"]["irrelevant"]), first["drops"]["relevant"], first["keeps"]["irrelevant"]) == (7, [], [])
    assert told["examples"]["no_match"] == ["Avocado toast"]
    assert len(told["no_examples_yet"]["no_match"]) == 7


def test_titles_that_hold_are_written_and_the_rest_once_the_query_is_edited(service: Prepared) -> None:
    before = service.path.read_text("utf-8")
    result = service.run("watchlists", "suggest", "avocado", "--write")
    assert result.exit_code == 0, result.output
    assert "7 examples written into" in result.stdout
    assert "8 titles left out, since by the title alone the watchlist decides otherwise" in result.stdout
    text = service.path.read_text("utf-8")
    assert "[[watchlists]]  # the model, not the fruit" in text
    assert "]  # the first" in text
    (entry,) = tomllib.loads(text)["watchlists"]
    assert entry["examples"]["match"] == ["Meta's Avocado", *(f"Meta trains Avocado {n}" for n in range(6))]
    assert entry["examples"]["no_match"] == ["Avocado toast"]
    assert service.run("watchlists", "test").exit_code == 0

    assert "0 examples written" in service.run("watchlists", "suggest", "avocado", "--write").stdout
    assert service.path.read_text("utf-8") == text != before

    clause = json.loads(service.run("watchlists", "suggest", "avocado", "--json").stdout)["suggestions"][0]["edited"][
        "query"
    ]
    service.path.write_text(text.replace("(Avocado OR 牛油果) NOT toast", clause), "utf-8")
    result = service.run("watchlists", "suggest", "avocado", "--write")
    assert "7 examples written into" in result.stdout
    assert "nothing to propose" in result.stdout
    (entry,) = tomllib.loads(service.path.read_text("utf-8"))["watchlists"]
    assert len(entry["examples"]["no_match"]) == 8
    assert service.run("watchlists", "test").exit_code == 0


def test_without_feedback_nothing_is_proposed(valkey: Valkey, tmp_path: Path) -> None:
    service = Prepared.on(valkey.url, tmp_path)
    result = service.run("watchlists", "suggest", "qwen")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "qwen: 0 ✓ and 0 ✗ that it still matches",
        "nothing to propose: it takes 2 ✗ at least; 20 ✗ and as many ✓ often tell",
        "how to judge alerts: by their ✓ and ✗ links, where web.public_url is set; or by",
        "  news-monitor feedback ALERT yes|no    (ALERT: a webhook's id, or a mail's Message-ID)",
    ]
    assert service.run("watchlists", "suggest", "nobody").exit_code == 2
