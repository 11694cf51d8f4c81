"""Turns what a reader sees of an alert into the lines of a chat message, in as much detail as is asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.alerts.chat.addresses import chat_link
from monitor.alerts.excerpt import Line, plain
from monitor.alerts.view import ItemView, LinksView, MailView, SourceView, StoryView
from monitor.alerts.wording import clip
from monitor.model import ALERT_UPDATED, DIGEST_CREATED

#: Stands in every message, so that a bot that insists on a keyword can have this one.
SIGNATURE = "News monitor"
_MAX_NAME = 60
_MAX_SUBJECT = 140
_MAX_WHY = 300
_MAX_NEWS = 200


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text of one look."""

    text: str
    bold: bool = False
    #: http(s) address, "" where it leads nowhere.
    link: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line."""

    runs: tuple[Run, ...]
    #: Whether it is the article's own words.
    quoted: bool = False


Block = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message, free of markup."""

    #: One line for the head of the message.
    head: str
    #: One line that says what it is about, for lists of conversations.
    subject: str
    is_high: bool
    #: One for each story, one for those that are only named, and the foot.
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of an alert a message tells."""

    stories: int = 20
    #: Further stories that are named.
    more: int = 50
    excerpts: int = 3
    excerpt_chars: int = 400
    title_chars: int = 300
    #: Reports of a story that are named.
    sources: int = 20
    #: Longest address; a longer one would leave no room for anything else.
    link_chars: int = 2_000


#: From the richest to the poorest: first words go, then reports, then stories, and last of all addresses.
DETAILS = (
    Detail(),
    Detail(excerpts=2, excerpt_chars=280, sources=10),
    Detail(excerpts=1, excerpt_chars=200, title_chars=200, sources=5, more=30),
    Detail(excerpts=1, excerpt_chars=120, title_chars=160, sources=3, more=20),
    Detail(excerpts=0, title_chars=120, sources=0, more=10),
    Detail(excerpts=0, title_chars=100, sources=0, more=0),
    Detail(stories=10, excerpts=0, title_chars=100, sources=0, more=0),
    Detail(stories=5, excerpts=0, title_chars=80, sources=0, more=0),
    Detail(stories=2, excerpts=0, title_chars=60, sources=0, more=0),
    Detail(stories=1, excerpts=0, title_chars=60, sources=0, more=0),
    Detail(stories=1, excerpts=0, title_chars=60, sources=0, more=0, link_chars=1_200),
)


def message_of(view: MailView, detail: Detail) -> Message:
    """Return the message in this detail."""
    shown = view.stories[: detail.stories]
    stories = tuple(tuple(_story(story, view, detail)) for story in shown)
    more = tuple(_more(view, detail))
    head = _head(view)
    return Message(
        head=head,
        subject=clip(f"{head} · {view.stories[0].headline}", _MAX_SUBJECT),
        is_high=view.high > 0,
        blocks=(*stories, *((more,) if more else ()), tuple(_foot(view))),
    )


def _head(view: MailView) -> str:
    name = clip(view.watchlist, _MAX_NAME)
    if view.type == "operator.notice":
        return f"{SIGNATURE}: notice"
    if view.type == DIGEST_CREATED:
        total = len(view.stories) + len(view.more) + view.left
        return f"{name}: {'1 story' if total == 1 else f'{total} stories'}" + (
            f", {view.high} high" if view.high else ""
        )
    said = ", ".join(filter(None, ("update" if view.type == ALERT_UPDATED else "", "high" if view.high else "")))
    return f"{name}: {said}" if said else name


def _story(story: StoryView, view: MailView, detail: Detail) -> Iterator[Row]:
    is_one_of_several = len(view.stories) > 1
    lead = (f"{story.number} · " if is_one_of_several else "") + ("❗ " if story.is_high else "")
    if story.is_high and is_one_of_several:
        lead += "high · "
    for item in story.items if detail.excerpts else story.items[:1]:
        yield from _item(item, lead, detail)
        lead = ""
    if story.news:
        yield _plain(f"New: {clip('; '.join(story.news), _MAX_NEWS)}")
    if len(view.stories) == 1 and (why := story.why or view.why):
        yield _plain(f"Why: {clip(why, _MAX_WHY)}")
    if story.coverage:
        # Many stories leave no room for more than the count.
        yield Row((Run(story.coverage), *(() if is_one_of_several else _sources(story, detail))))
    if story.is_guess:
        yield _plain("Gathered by meaning alone: a report may be of another event.")
    elif story.gathered and detail.excerpts:
        yield _plain(f"Gathered: {clip(story.gathered, _MAX_NEWS)}")


def _item(item: ItemView, lead: str, detail: Detail) -> Iterator[Row]:
    yield Row((*((Run(lead),) if lead else ()), *_runs(item.title, detail.title_chars)))
    where = _linked(clip(item.source, _MAX_NAME), item.link, detail)
    parts = [where] if where.text else []
    said = " · ".join(filter(None, (item.when, item.part)))
    if said:
        parts.append(Run(f" · {said}" if parts else said))
    if parts:
        yield Row(tuple(parts))
    for excerpt in item.excerpts[: detail.excerpts]:
        yield Row(_runs(excerpt, detail.excerpt_chars), quoted=True)


def _sources(story: StoryView, detail: Detail) -> Iterator[Run]:
    listed = story.sources[: detail.sources]
    for index, source in enumerate(listed):
        yield Run(": " if not index else ", ")
        yield _linked(clip(source.source, _MAX_NAME), source.link, detail)
    left = len(story.sources) - len(listed) + story.sources_left
    if listed and left:
        yield Run(f" and {left} more")


def _more(view: MailView, detail: Detail) -> Iterator[Row]:
    """Name the stories that are not told, those that `stories` had no room for too."""
    untold = [_named(story) for story in view.stories[detail.stories :]] + list(view.more)
    for source in untold[: detail.more]:
        title = _linked(clip(source.title, detail.title_chars), source.link, detail)
        yield Row(
            (
                Run("• ❗ high · " if source.is_high else "• "),
                title,
                Run(f" · {source.source}" if source.source else ""),
            )
        )
    left = max(0, len(untold) - detail.more) + view.left
    if left:
        yield _plain(f"… and {left} more {'story' if left == 1 else 'stories'}")


def _named(story: StoryView) -> SourceView:
    item = story.items[0]
    return SourceView(
        item.source, story.headline, item.when, item.link, item.language, is_copy=False, is_high=story.is_high
    )


def _foot(view: MailView) -> Iterator[Row]:
    if view.held:
        yield _plain(f"Late: {clip(view.held, _MAX_NEWS)}")
    links = tuple(_answers(view.links))
    if links:
        yield Row(links)
    zone = f" · times of {view.time_zone}" if view.time_zone else ""
    yield _plain(f"{SIGNATURE} · {clip(view.watchlist, _MAX_NAME)}{zone}")


def _answers(links: LinksView) -> Iterator[Run]:
    named = (("relevant ✓", links.relevant), ("not relevant ✗", links.not_relevant), ("mute 24 h", links.mute))
    given = [(name, link) for name, link in named if link]
    for index, (name, link) in enumerate(given):
        if index:
            yield Run(" · ")
        yield Run(name, link=link)


def _linked(name: str, link: str, detail: Detail) -> Run:
    """Return the name of a report as the way to it: half an address leads elsewhere, so a very long one is left out."""
    address = chat_link(link)
    if len(address) > detail.link_chars:
        return Run(f"{name} (its address is too long)".strip())
    return Run(name or (urlsplit(link).hostname or "" if link else ""), link=address)


def _runs(line: Line, limit: int) -> tuple[Run, ...]:
    """Return a line with its evidence bold, cut to so many characters."""
    if len(plain(line)) <= limit:
        return tuple(Run(piece.text, bold=piece.marked) for piece in line)
    runs: list[Run] = []
    left = limit - 1
    for piece in line:
        runs.append(Run(piece.text[:left], bold=piece.marked))
        left -= len(piece.text)
        if left <= 0:
            break
    return (*runs, Run("…"))


def _plain(text: str) -> Row:
    return Row((Run(text),))
