"""What a document asks of those who poll it."""

from __future__ import annotations

import time

import pytest

from monitor.feeds.reading.wishes import read_wishes
from monitor.model import Wishes
from tests.feeds.made import parsed, rss

ITEM = "<item><title>One</title><link>https://harbour.example/1</link></item>"
SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


def wishes(channel: str, *, after: str = "") -> Wishes:
    return read_wishes(f"<rss><channel>{channel}{ITEM}{after}</channel></rss>")


@pytest.mark.parametrize(
    ("channel", "found"),
    [
        ("<title>x</title>", Wishes()),
        ("<ttl>60</ttl>", Wishes(ttl_s=3_600)),
        ("<ttl> 60 </ttl>", Wishes(ttl_s=3_600)),
        ("<ttl>an hour</ttl>", Wishes()),
        ("<ttl>-5</ttl>", Wishes()),
        ("<ttl/>", Wishes()),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", Wishes(ttl_s=3_600)),
        (
            "<sy:updatePeriod>\n daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            Wishes(ttl_s=21_600),
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", Wishes(ttl_s=3_600)),
        ("<sy:updatePeriod>often</sy:updatePeriod>", Wishes()),
        ("<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", Wishes(ttl_s=3_600)),
        ("<skipHours><hour>0</hour><hour>7</hour><hour>7</hour></skipHours>", Wishes(skip_hours=(0, 7))),
        ("<skipHours><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>", Wishes(skip_hours=(0,))),
        ("<skipDays>\n<day>Sunday</day><day>monday</day><day>Someday</day></skipDays>", Wishes(skip_days=(0, 6))),
        (
            f"<skipHours>{''.join(f'<hour>{hour}</hour>' for hour in range(24))}</skipHours>",
            Wishes(),
        ),
    ],
)
def test_what_a_channel_asks(channel: str, found: Wishes) -> None:
    assert wishes(channel) == found


def test_it_may_stand_behind_the_items() -> None:
    assert wishes("", after="<ttl>5</ttl>") == Wishes(ttl_s=300)


def test_what_an_item_quotes_is_not_asked() -> None:
    quoting = (
        "<item><description><![CDATA[<ttl>1440</ttl> <skipDays><day>Monday</day></skipDays>]]></description></item>"
    )
    assert wishes(quoting) == Wishes()


@pytest.mark.parametrize("spoiled", ["", "<broken>"], ids=["well-formed", "broken"])
def test_a_parsed_feed_hands_its_wishes_over(spoiled: str) -> None:
    channel = f"<title>Harbour</title><ttl>90</ttl>{spoiled}"
    assert parsed(rss(ITEM, channel=channel)).wishes == Wishes(ttl_s=5_400)


def test_rdf_asks_by_the_syndication_module() -> None:
    body = (
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {SY}>'
        "<channel><title>x</title><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
        f"</channel>{ITEM}</rdf:RDF>"
    )
    assert parsed(body.encode()).wishes == Wishes(ttl_s=1_800)


@pytest.mark.parametrize("piece", ["<skipHours>", "<ttl>", "<ttl ", "<sy:updatePeriod>", "<a:", "<hour>1"])
def test_a_hostile_document_is_read_in_a_moment(piece: str) -> None:
    started = time.process_time()
    assert read_wishes(piece * (2_000_000 // len(piece))).ttl_s == 0
    assert time.process_time() - started < 1
