"""The four watchlists of settings.toml are right about what they were written for, and about their traps."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.model import Item
from monitor.settings.load import load
from monitor.text.html import plain_text
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches
from tests.watchlists.made import an_item
from workers.wiring import watchlists_of

_SETTINGS = Path(__file__).parents[2] / "settings.toml"
_SHIPPED = watchlists_of(load(_SETTINGS, environ={}).settings)

WANG, AVOCADO, TBD, QWEN = "alexandr-wang", "avocado", "tbd-lab", "qwen-distillation"

ITEMS = {
    "his name in capitals, possessive": (an_item("INSIDE ALEXANDR WANG’S LAB"), {WANG}),
    "his handle": (an_item("New benchmark praised by @alexandr_wang"), {WANG}),
    "misspelt, with his company": (an_item("Alexander Wang on leaving Scale AI"), {WANG}),
    "the designer": (an_item("Alexander Wang opens a shop in Soho"), set()),
    "the designer's robot at a gala": (an_item("Designer Alexander Wang brings robots to the Met Gala"), set()),
    "Chinese, beside his employer": (an_item("汪滔内部信:扎克伯格全力支持"), {WANG}),
    "the founder of DJI": (an_item("汪滔谈创业:我为什么喜欢遥控直升机"), set()),
    "the founder of DJI on Meta": (an_item("大疆汪滔评Meta眼镜"), set()),
    "transliterated, traditional, other dot": (an_item("亞歷山大・王談超級智慧"), {WANG}),
    "a king of that name": (an_item("亚历山大王国的兴衰"), set()),
    "by office": (an_item("Meta首席AI官首次公开演讲"), {WANG}),
    "another Wang at Meta": (an_item("Lei Wang of Meta explains the new compiler"), set()),
    "the model": (an_item("Meta's Avocado slips to June"), {AVOCADO}),
    "the model, quoted, in Taiwan's word": (an_item("祖克柏押寶「酪梨」"), {AVOCADO}),
    "a code name without its maker": (an_item("代号“牛油果”的模型曝光"), {AVOCADO}),
    "the fruit": (an_item("Avocado prices fall again"), set()),
    "the fruit in a meta-analysis": (an_item("Avocado and cholesterol: a meta-analysis"), set()),
    "fruits": (an_item("Avocados and Meta: a week in stocks"), set()),
    "the lab": (an_item("TBD Lab hires again, Meta confirms"), {TBD}),
    "the lab, glued": (an_item("Meta的TBDLab扩招"), {TBD}),
    "the lab, quoted": (an_item("Meta 的“TBD”實驗室主管離職"), {TBD}),
    "to be determined": (an_item("Meta Connect: date TBD. Lab tour on Friday"), set()),
    "to be determined, in a table": (an_item(plain_text("<td>Meta: TBD</td><td>Lab</td>")), set()),
    "distilled from": (an_item("A 1B model distilled from Qwen3-32B"), {QWEN}),
    "in a model's name": (an_item("R1-Distill-Qwen-14B quantised"), {QWEN}),
    "Chinese, traditional": (an_item("以通義千問為教師的知識蒸餾"), {QWEN}),
    "Qwen alone": (an_item("Qwen3 tops the charts"), set()),
    "whisky": (an_item("千问推荐:威士忌的蒸馏工艺"), set()),
    "a distillery": (an_item("Qwen helps run a distillery"), set()),
    "questions": (an_item("面对万千问题,从蒸馏讲起"), set()),
    "all at once": (an_item("Alexandr Wang's TBD Lab distilled Qwen for Avocado"), {WANG, AVOCADO, TBD, QWEN}),
}


@pytest.mark.parametrize(("item", "expected"), ITEMS.values(), ids=ITEMS.keys())
def test_the_shipped_watchlists_match(item: Item, expected: set[str]) -> None:
    assert {match.watchlist for match in find_matches(item, compile_watchlists(_SHIPPED))} == expected
