"""Made feedback: two senses of one word, in Chinese and English, as readers would have judged them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from monitor.model import AlertItem, Evidence, Feedback, Item

NOW = datetime(2026, 5, 4, tzinfo=UTC)

#: Of the model: who, does what, and the rest of the sentence.
MODEL = (
    ("Meta 的牛油果", "牛油果模型", "扎克伯格称牛油果", "代号牛油果的大模型", "超级智能实验室的牛油果"),
    ("推理成本下降", "开源计划生变", "对标 GPT", "参数规模曝光", "训练算力翻倍", "权重暂不开放"),
    ("Meta's Avocado", "Zuckerberg says Avocado", "The Avocado model", "Avocado, Meta's next AI model,"),
    ("beats rivals on coding", "may not be open source", "was trained on more chips", "slips to next quarter"),
)
#: Of the fruit.
FRUIT = (
    ("牛油果吐司", "这道牛油果食谱", "牛油果沙拉", "墨西哥牛油果", "超市的牛油果"),
    ("价格上涨", "深受年轻人喜欢", "热量其实不低", "进口量大增", "食谱简单", "果农丰收"),
    ("Avocado toast", "This avocado recipe", "Guacamole and avocado", "Mexico's avocado growers", "An avocado salad"),
    ("cost more at the grocery store", "is ready in ten minutes", "love the new recipe", "expect a rich harvest"),
)
#: Of both alike.
REST = (
    "记者今天从现场了解到更多细节",
    "业内人士认为影响有限",
    "Analysts said on Monday",
    "according to a new report",
    "市场反应平静",
)


def judged(relevant: int, irrelevant: int, *, seed: int, version: str = "v1") -> list[Feedback]:
    """Make feedback on so many items of either sense."""
    chance = Random(seed)
    kinds = [("yes", MODEL)] * relevant + [("no", FRUIT)] * irrelevant
    return [said(number, verdict, _text(words, chance), version) for number, (verdict, words) in enumerate(kinds)]


def _text(words: Sequence[Sequence[str]], chance: Random) -> tuple[str, str]:
    starts, ends = (words[0], words[1]) if chance.random() < 0.5 else (words[2], words[3])
    blank = " " if starts is words[2] else ""
    title = f"{chance.choice(starts)}{blank}{chance.choice(ends)}"
    return title, f"{chance.choice(REST)}. {chance.choice(ends)}. {chance.choice(REST)}."


def said(number: int, verdict: str, text: tuple[str, str], version: str = "v1") -> Feedback:
    """Make what was said of one item."""
    title, summary = text
    item = Item(f"k{number}", "f", "", title, summary, "", "", "", NOW, NOW, "und")
    entry = AlertItem(item, (Evidence("title", 0, 1, "牛油果"),))
    return Feedback(f"alt_{number}", "avocado", version, verdict, NOW + timedelta(minutes=number), "link", (entry,))
