"""Made news in English and Chinese, with the markup that publishers use: entries, feeds and items. Pure.

A generator with a seed makes all of it, so that every run works on the same texts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from random import Random

from monitor.model import Item
from tests.servers.documents import Entry

#: Every document of a benchmark that parses has so many entries, and is some 37 KB long.
ENTRIES = 30

_PLAIN = (
    "the company said on Tuesday that its quarterly revenue rose faster than analysts had expected",
    "researchers at the university published a method that trains smaller models from larger ones",
    "a new data centre in the north will draw as much power as a town of forty thousand people",
    "regulators in three countries asked how the service handles what its users write",
    "the phone goes on sale in October with a brighter screen and a battery that lasts longer",
    "engineers described how they moved two thousand machines without a minute of downtime",
    "该公司周二表示，季度营收增速高于分析师此前的预期",
    "研究人员发表了一种用大模型训练小模型的新方法",
    "北部新建的数据中心用电量相当于一座四万人的小镇",
    "监管机构要求说明该服务如何处理用户撰写的内容",
    "新手机将于十月上市，屏幕更亮，续航更长",
    "工程师介绍了如何在不停机的情况下迁移两千台服务器",
)
#: Words of the four watchlists of settings.toml in another sense.
_TRAPS = (
    "avocado prices fell again while growers waited for the rains to end",
    "the final date of the conference is still to be determined, its organisers wrote",
    "牛油果价格再次下跌，种植者仍在等待雨季结束",
    "the pianist Alexander Wang played to a full house, and played again",
)
#: One for each of these watchlists.
_MATCHING = (
    "Alexandr Wang tells staff at Meta how their work will change",
    "Meta's next large language model, Avocado, is due in spring",
    "研究者称千问模型蒸馏自其他大模型",
    "Meta 的 TBD 实验室发布首个模型",
)

_Sentence = Callable[[], str]


def entry(number: int, *, at: datetime, matching: bool = False) -> Entry:
    """Make one entry of about 1.2 KB; its number decides its text, guid and link."""
    sentence = _sentences(number, matching=matching)
    return Entry(
        title=_title(number, sentence, matching=matching),
        guid=f"https://news.example/{number}",
        url=f"https://news.example/{number}?utm_source=rss",
        summary=f"<p>{sentence()}, {sentence()}.</p>",
        content=_article(number, sentence),
        author="A. Reporter",
        published_at=at,
    )


def item(number: int, *, matching: bool = False) -> Item:
    """Make one item as the poller would of such an entry."""
    sentence, now = _sentences(number, matching=matching), datetime.now(UTC)
    return Item(
        key=f"{number:032x}",
        feed=f"feed-{number % 1000}",
        url=f"https://news.example/{number}",
        title=_title(number, sentence, matching=matching),
        summary=f"{sentence()}, {sentence()}.",
        content=". ".join(sentence() for _ in range(6)),
        source="News",
        author="A. Reporter",
        published_at=now,
        seen_at=now,
        language="en",
    )


def _sentences(number: int, *, matching: bool) -> _Sentence:
    """Give what says one sentence after the other; those of an item that is to match hold no trap."""
    return partial(Random(number).choice, _PLAIN if matching else _PLAIN + _TRAPS)


def _title(number: int, sentence: _Sentence, *, matching: bool) -> str:
    # By hundreds: where every hundredth matches, the subjects still take turns.
    return f"{_MATCHING[number // 100 % len(_MATCHING)] if matching else sentence()} ({number})"


def _article(number: int, sentence: _Sentence) -> str:
    return (
        f'<p>{sentence()}. <a href="/a/{number}">Read more</a>.</p>'
        f'<p><img src="/i/{number}.jpg" alt="" width="640"> {sentence()}; <strong>{sentence()}</strong>.</p>\n'
        f"<ul><li>{sentence()}</li><li>{sentence()}</li></ul>\n<blockquote>{sentence()}</blockquote>"
    )
