"""The search engines that a watchlist may name without a setting, and all that it may name under some settings. Pure.

Sources: https://help.bing.microsoft.com ("Only the first 10 terms are used"), https://hnrss.org,
https://info.arxiv.org/help/api/user-manual.html; Google reads 32 words of a search, one of which is `when:7d`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.settings.schema import SearchFeedSettings


def _google_news(edition: str, *, hl: str, gl: str, ceid: str) -> SearchFeedSettings:
    return SearchFeedSettings(
        id=f"google-news-{edition}",
        # Without `when:` most answers are old: they come by relevance, a hundred at most.
        url=f"https://news.google.com/rss/search?q={{query}}%20when%3A7d&hl={hl}&gl={gl}&ceid={ceid}",
        min_interval=900,
        and_word="",
        max_length=500,
        max_words=31,
    )


_SHIPPED = (
    _google_news("en", hl="en-US", gl="US", ceid="US:en"),
    _google_news("zh-hans", hl="zh-CN", gl="CN", ceid="CN:zh-Hans"),
    _google_news("zh-hant", hl="zh-TW", gl="TW", ceid="TW:zh-Hant"),
    SearchFeedSettings(
        id="bing-news",
        url="https://www.bing.com/news/search?q={query}&format=rss",
        min_interval=900,
        and_word="",
        max_words=10,
    ),
    SearchFeedSettings(
        id="hacker-news",
        name="Hacker News",
        url="https://hnrss.org/newest?q={query}&count=100",
        min_interval=900,
    ),
    SearchFeedSettings(
        id="arxiv",
        name="arXiv",
        url="https://export.arxiv.org/api/query?search_query={query}&sortBy=submittedDate&sortOrder=descending&max_results=100",
        # New papers come once a day.
        min_interval=3600,
        and_word="AND",
        field="all:",
        max_length=1_000,
        max_words=100,
    ),
)


def search_engines(own: Iterable[SearchFeedSettings]) -> Mapping[str, SearchFeedSettings]:
    """Return the engines by id; one of the settings' own stands in place of a shipped one of its name."""
    return {engine.id: engine for engine in (*_SHIPPED, *own)}
