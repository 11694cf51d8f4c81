"""What the demonstration concludes from what was published and received."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from monitor.demo.ledger import WAYS, Ledger, Receipt, Subject, Way
from monitor.demo.plan import Publication
from monitor.demo.progress import Ending, Progress, Scene
from monitor.demo.samples import load_samples
from monitor.demo.screen import draw
from monitor.demo.show import LiveShow, PlainShow, choose_show
from monitor.demo.summary import has_passed, print_summary

MODEL = Publication("ai-wire", "m", "A model", "https://a.example/m", alerts=("avocado", "tbd-lab"), silent="")
FRUIT = Publication("keji", "f", "牛油果降价", "https://a.example/f", alerts=(), silent="the fruit")
COPY = Publication("lab-notes", "c", "A model", MODEL.url, alerts=(), silent="told already")


def ledger(*receipts: Receipt) -> Ledger:
    record = Ledger()
    record.publish(MODEL, 100.0)
    record.publish(FRUIT, 101.0)
    record.publish(COPY, 102.0)
    for receipt in receipts:
        record.receive(receipt)
    return record


def alert(way: Way, watchlist: str, at: float, *, url: str = MODEL.url, id_: str | None = None) -> Receipt:
    return Receipt(way, id_ or f"{watchlist}-{url}", Subject(watchlist, url), at)


EVERYTHING = [alert(way, watchlist, 100.5) for way in WAYS for watchlist in MODEL.alerts]


def scene(record: Ledger) -> Scene:
    progress = Progress(seconds=60, planned=3, started_at=99.0)
    return Scene(record, progress, load_samples(), {"avocado": "Avocado", "tbd-lab": "TBD Lab"})


@pytest.mark.parametrize(
    ("receipts", "complete", "clean"),
    [
        (EVERYTHING, True, True),
        (EVERYTHING[1:], False, True),
        ([*EVERYTHING, alert("mail", "avocado", 103.0)], True, True),
        ([*EVERYTHING, alert("mail", "avocado", 103.0, id_="another")], True, False),
        ([*EVERYTHING, alert("webhook", "avocado", 103.0, url=FRUIT.url)], True, False),
        ([*EVERYTHING, alert("webhook", "alexandr-wang", 103.0)], True, False),
        ([*EVERYTHING, alert("mail", "avocado", 103.0, url="https://a.example/old-news")], True, False),
        ([], False, True),
    ],
    ids=["all", "one missing", "same id again", "repeated", "a trap", "wrong watchlist", "old news", "nothing"],
)
def test_it_tells_missing_unexpected_and_repeated_alerts_from_deliveries_that_only_came_twice(
    receipts, complete, clean
) -> None:
    record = ledger(*receipts)
    assert (record.is_complete(), record.is_clean()) == (complete, clean)
    assert has_passed(record, Ending.FINISHED) == (complete and clean)
    assert has_passed(record, Ending.INTERRUPTED) == clean
    assert not has_passed(record, Ending.SERVICE_ENDED)
    assert not has_passed(record, Ending.NEVER_STARTED)


def test_a_wrong_signature_is_never_clean() -> None:
    record = ledger(*EVERYTHING)
    record.forged = 1
    assert not record.is_clean()


def test_latency_runs_from_the_publication_that_alerts_to_the_first_receipt() -> None:
    record = ledger(alert("mail", "avocado", 100.75), alert("mail", "avocado", 109.0, id_="again"))
    assert record.latencies("mail") == {Subject("avocado", MODEL.url): 0.75}
    assert record.latencies("webhook") == {}


def printed(record: Ledger, ending: Ending) -> str:
    console = Console(file=(out := io.StringIO()), width=100)
    print_summary(console, scene(record), ending)
    return out.getvalue()


def test_the_summary_of_a_good_run_gives_counts_latencies_and_silence() -> None:
    text = printed(ledger(*EVERYTHING), Ending.FINISHED)
    assert "Published 3 of 3 items" in text
    assert all(f" {way}" in text for way in WAYS)
    assert "Signatures verified: 2 of 2 webhooks." in text
    assert "0.50 s" in text
    assert "Rightly silent on 2 of 2 items" in text
    assert "the fruit; told already" in text
    assert "✓ Every alert arrived" in text


@pytest.mark.parametrize(
    ("receipts", "ending", "said"),
    [
        (EVERYTHING[1:], Ending.FINISHED, "missing by mail: Avocado: A model"),
        ([alert("mail", "avocado", 103.0, url=FRUIT.url)], Ending.FINISHED, "unexpected by mail: Avocado: 牛油果降价"),
        ([*EVERYTHING, alert("mail", "tbd-lab", 103.0, id_="x")], Ending.FINISHED, "repeated: TBD Lab: A model"),
        ([], Ending.SERVICE_ENDED, "The service ended by itself"),
        ([], Ending.NEVER_STARTED, "did not become ready in time"),
        ([], Ending.INTERRUPTED, "Stopped before the end. Alerts still under way: 2."),
    ],
)
def test_the_summary_names_each_fault(receipts, ending, said) -> None:
    text = printed(ledger(*receipts), ending)
    assert said in text
    assert ("missing" in text) == (len(receipts) < len(EVERYTHING) and ending is not Ending.INTERRUPTED)


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (60, 16)])
def test_the_screen_fits_its_terminal_and_marks_what_followed(size: tuple[int, int]) -> None:
    width, height = size
    console = Console(file=(out := io.StringIO()), width=width, height=height, no_color=True)
    record = ledger(*EVERYTHING, alert("mail", "avocado", 103.0, url=FRUIT.url))
    console.print(draw(scene(record), 110.0))
    lines = out.getvalue().splitlines()
    assert len(lines) == height
    text = "\n".join(lines)
    assert "✓ A model" in text
    assert "✗ 牛油果降价" in text
    assert "49 s left" in text
    assert "0.50 s" in text


@pytest.mark.parametrize(
    ("terminal", "width", "plain", "kind"),
    [
        (True, 80, False, LiveShow),
        (True, 80, True, PlainShow),
        (True, 40, False, PlainShow),
        (False, 80, False, PlainShow),
    ],
)
def test_plain_lines_are_for_pipes_small_terminals_and_those_who_ask(terminal, width, plain, kind) -> None:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=width, height=24, _environ={})
    assert isinstance(choose_show(console, scene(ledger()), plain=plain), kind)


def test_plain_lines_tell_each_event_once() -> None:
    console = Console(file=(out := io.StringIO()), width=60)
    record = ledger(alert("mail", "avocado", 100.75))
    with PlainShow(console, scene(record)) as show:
        show.refresh()
        record.receive(alert("webhook", "avocado", 103.0, url=FRUIT.url))
        show.refresh()
    lines = out.getvalue().splitlines()
    assert lines[1:] == [
        "   1.0 s  published  AI Wire: A model  [should alert: Avocado + TBD Lab]",
        "   2.0 s  published  示例科技报: 牛油果降价  [should stay silent: the fruit]",
        "   3.0 s  published  Lab Notes: A model  [should stay silent: told already]",
        "   1.8 s  mail       Avocado: A model  [after 0.75 s]",
        "   4.0 s  webhook    Avocado: 牛油果降价  [unexpected]",
    ]
