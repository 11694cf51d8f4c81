"""Made news in English and Chinese, with the markup that publishers use: entries, feeds and items. Pure.

A generator with a seed makes all of it, so that every run works on the same texts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from monitor.model import Item
from tests.servers.documents import Entry

#: Every document of a benchmark that parses has so many entries, and is 36 KB long.
ENTRIES = 30

_ENGLISH = (
    "the company said on Tuesday that its quarterly revenue rose faster than analysts had expected",
    "researchers at the university published a method that trains smaller models from larger ones",
    "a new data centre in the north will draw as much power as a town of forty thousand people",
    "regulators in three countries asked how the service handles what its users write",
    "the phone goes on sale in October with a brighter screen and a battery that lasts longer",
    "engineers described how they moved two thousand machines without a minute of downtime",
    "avocado prices fell again while growers waited for the rains to end",
    "the final date of the conference is still to be determined, its organisers wrote",
)
_CHINESE = (
    "该公司周二表示，季度营收增速高于分析师此前的预期",
    "研究人员发表了一种用大模型训练小模型的新方法",
    "北部新建的数据中心用电量相当于一座四万人的小镇",
    "监管机构要求说明该服务如何处理用户撰写的内容",
    "新手机将于十月上市，屏幕更亮，续航更长",
    "工程师介绍了如何在不停机的情况下迁移两千台服务器",
    "牛油果价格再次下跌，种植者仍在等待雨季结束",
    "主办方写道，大会的最终日期仍待确定",
)
#: Each belongs to one of the four watchlists of settings.toml.
_MATCHING = (
    "Alexandr Wang tells staff at Meta how Scale AI will work with TBD Lab",
    "Meta's next large language model, Avocado, is due in spring",
    "Anthropic says Qwen was distilled from its model",
    "研究者称千问模型蒸馏自其他大模型",
)


def entry(number: int, *, at: datetime, matching: bool = False) -> Entry:
    """Make one entry of about 1.2 KB; the number decides its text, guid and link."""
    rng = Random(number)
    title = _MATCHING[number % len(_MATCHING)] if matching else _sentence(rng).capitalize()
    return Entry(
        title=f"{title} ({number})",
        guid=f"https://news.example/{number}",
        url=f"https://news.example/{number}?utm_source=rss",
        summary=f"<p>{_sentence(rng)}, {_sentence(rng)}.</p>",
        content=_article(rng),
        author="A. Reporter",
        published_at=at,
    )


def _article(rng: Random) -> str:
    first, second, third = (_sentence(rng) for _ in range(3))
    return (
        f'<p>{first.capitalize()}. <a href="/{rng.randrange(10**6)}">Read more</a>.</p>'
        f'<p><img src="/i/{rng.randrange(10**6)}.jpg" alt="" width="640"> {second.capitalize()}; '
        f"<strong>{third}</strong>.</p>\n<ul><li>{_sentence(rng)}</li><li>{_sentence(rng)}</li></ul>\n"
        f"<blockquote>{_sentence(rng)}</blockquote>"
    )


def _sentence(rng: Random) -> str:
    return rng.choice(_CHINESE if rng.random() < 0.5 else _ENGLISH)


def item(number: int, *, matching: bool = False) -> Item:
    """Make one item as the poller would of such an entry."""
    rng, now = Random(number), datetime.now(UTC)
    title = _MATCHING[number % len(_MATCHING)] if matching else _sentence(rng).capitalize()
    return Item(
        key=f"{number:032x}",
        feed=f"f{number % 1000}",
        url=f"https://news.example/{number}",
        title=f"{title} ({number})",
        summary=f"{_sentence(rng)}, {_sentence(rng)}.",
        content=". ".join(_sentence(rng).capitalize() for _ in range(4)),
        source="News",
        author="A. Reporter",
        published_at=now,
        seen_at=now,
        language="en",
    )
