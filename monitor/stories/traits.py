"""An item to its traits: what is compared of it, worked out once and small enough to be kept beside its story.

Words, names, figures and events of the title and of the rest (the start of its summary, and the words that its address
carries, which for a translated title are the original's). Kept as MessagePack with a version: what another version
wrote is worked out anew from the item.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from monitor.model import Item
from monitor.stories.figures import SERIAL, Figure, figures_in
from monitor.stories.lexicon import Finder, event_finders
from monitor.stories.stems import stem
from monitor.stories.words import words_in
from monitor.text.normal import normalised

VERSION = 2
#: What counts of a summary: its start tells the event, its end the background.
_SUMMARY = 400
#: An outlet's name behind a title: "… - Reuters", "… (Ann Lee/Bloomberg)".
_OUTLET = re.compile(r"\s[-\u2013|_]\s[^-\u2013|_]{2,40}$|\s\((?:[^()]*/[^()]*|[A-Z][\w .&]{2,25})\)$")
#: What a site or an author puts before titles of a kind: "Show HN: …", "【快讯】…", "[Python] …", "Opinion | …".
_KICKER = re.compile(
    r"^(?:(?:Show|Ask|Tell|Launch) HN\s*[:\u2013-]\s*|[\[\u3010][^\]\u3011]{1,12}[\]\u3011]\s*"
    r"|[^\s|\uff5c\u4e28:\uff1a]{2,10}\s*[|\uff5c\u4e28]\s*)+(?=\S{2})"
)
#: Short names that are common words unless they stand in capitals.
_CAPITALS = re.compile(r"(?<![A-Za-z])(?:US|WHO|UN)(?![A-Za-z])")
_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN_WORD = re.compile("[a-z0-9]+")
_SUFFIX = re.compile(r"\.\w{1,5}$")
_PARTS = re.compile("[-_]")


class Text(msgspec.Struct, frozen=True, array_like=True):
    """What is compared of one text."""

    words: tuple[str, ...] = ()
    #: First names of `names.txt`, or ids of entities, each behind "@".
    names: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    #: First words of `events.txt`, each behind "!".
    events: tuple[str, ...] = ()


class Traits(msgspec.Struct, frozen=True, array_like=True):
    """What is compared of one item."""

    version: int
    url: str
    #: Normalised, without an outlet's name.
    title: str
    #: Seconds since 1970 of its publication.
    published: float
    #: Whether the title is Chinese.
    is_chinese: bool
    of_title: Text
    of_summary: Text
    of_address: Text
    #: The title as it was written, for the encoder.
    written: str


_DECODER = msgspec.msgpack.Decoder(Traits)


def encode(traits: Traits) -> bytes:
    """Return traits as they are kept."""
    return msgspec.msgpack.encode(traits)


def decode(kept: bytes) -> Traits | None:
    """Return traits that were kept; None where another version wrote them, or they are damaged."""
    try:
        traits = _DECODER.decode(kept)
    except msgspec.MsgspecError:
        return None
    return traits if traits.version == VERSION else None


def traits_of(item: Item, names: Finder) -> Traits:
    """Work out the traits of an item; `names` from `lexicon.name_finder`."""
    title = _OUTLET.sub("", _KICKER.sub("", item.title)) or item.title
    # An address that other items have joins nothing.
    url = "" if item.shares_url else item.url
    return Traits(
        version=VERSION,
        url=url,
        title=normalised(title).strip(),
        published=item.published_at.timestamp(),
        is_chinese=len(_HAN.findall(title)) > 1,
        of_title=text_of(title, names),
        of_summary=text_of((item.summary or item.content)[:_SUMMARY], names),
        of_address=text_of(_words_of_address(url), names),
        written=title,
    )


def text_of(text: str, names: Finder) -> Text:
    """Work out what is compared of one text."""
    if not text:
        return Text()
    text = normalised(_CAPITALS.sub(lambda match: "".join(f"{letter}." for letter in match[0]), text))
    figures, rest = figures_in(text)
    found = [f"@{name}" for _, _, name in names.find(text)]
    return Text(_once(words_in(_without(rest, names))), _once(found), figures, _once(events_in(text)))


def _without(text: str, names: Finder) -> str:
    """Return a text without the names in it."""
    pieces, last = [], 0
    for start, end, _ in names.find(text):
        pieces.append(text[last:start])
        last = end
    return " ".join((*pieces, text[last:]))


def _once(tokens: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tokens))


def events_in(text: str) -> list[str]:
    """Return the events that a normalised text tells of."""
    latin, han = event_finders()
    stems = f" {' '.join(map(stem, _LATIN_WORD.findall(text)))} "
    found = [f"!{event}" for _, _, event in latin.find(stems)]
    return found if text.isascii() else found + [f"!{event}" for _, _, event in han.find(text)]


def tokens_of(text: Text) -> set[str]:
    """Return what is looked for in another text as it is: words, names, and figures worth more than a digit."""
    return {*text.words, *text.names, *map(token_of, filter(is_telling, text.figures))}


def token_of(figure: Figure) -> str:
    """Return a figure as a token."""
    return f"{figure.kind}:{figure.value:g}"


def is_telling(figure: Figure) -> bool:
    """Say whether a figure can tell two texts apart at all: a plain digit does not."""
    return figure.kind != "n" or figure.value >= 10


def is_serial(figure: Figure) -> bool:
    """Say whether another value of a figure makes another event: a day, month, issue or version."""
    return figure.kind in SERIAL


def _words_of_address(url: str) -> str:
    """Return the words of an address's longest part, "" where it has hardly any."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    longest = max(path.split("/"), key=lambda part: len(_PARTS.findall(part)), default="")
    words = _PARTS.split(_SUFFIX.sub("", longest))
    return " ".join(words) if len(words) > 2 else ""
