"""What a reader sees of an alert, free of any markup: the words from which every mail is written.

Templates of the user's own read these fields, so they are documented in docs/mail.md: one may be added, none renamed.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.alerts.excerpt import Line


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as a reader sees it."""

    title: Line
    #: Name of the outlet, or "".
    source: str
    #: When it was published, in words, in the reader's zone.
    when: str
    #: http(s) address, or "" where there is none that is safe to follow.
    link: str
    #: Language tag, by which a screen chooses among Chinese and Japanese shapes of a character; "" where unknown.
    language: str
    #: The sentences where the evidence stands; the beginning of the text where it stands in the title alone.
    excerpts: tuple[Line, ...]
    #: What part it has in an update, such as "First report"; "" elsewhere.
    part: str = ""


@dataclass(frozen=True, slots=True)
class SourceView:
    """One report of a story in its list."""

    #: Name of the outlet.
    source: str
    title: str
    when: str
    link: str
    language: str
    is_copy: bool
    #: Whether it stands for a story of high severity, in a digest that names it by title alone.
    is_high: bool = False


@dataclass(frozen=True, slots=True)
class StoryView:
    """One story as a reader sees it."""

    #: From 1; "s1" in links within a mail.
    number: int
    #: Its first item's title, plain, and cut to one line.
    headline: str
    is_high: bool
    #: What is new since the last alert.
    news: tuple[str, ...]
    items: tuple[ItemView, ...]
    #: Why it matched.
    why: str
    #: "7 reports of 4 outlets, 3 of 7 are copies"; "" where there is one report alone.
    coverage: str
    #: The earliest first; () where there is one report alone.
    sources: tuple[SourceView, ...]
    #: How many more there are than `sources` lists.
    sources_left: int
    #: Why the reports were taken for one story, in words; "" where there is one alone.
    gathered: str
    #: Whether a report was gathered by meaning alone, which may be wrong.
    is_guess: bool
    #: Why it comes only now, in a digest whose stories differ in that; "" elsewhere.
    held: str = ""


@dataclass(frozen=True, slots=True)
class LinksView:
    """Where a reader's answers lead; "" where there is no such link."""

    relevant: str = ""
    not_relevant: str = ""
    mute: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class MailView:
    """One alert, digest or notice as a reader sees it."""

    #: "alert.created", "alert.updated", "digest.created" or "operator.notice".
    type: str
    subject: str
    #: What mail programs show beside the subject.
    preview: str
    #: Language tag of the story; "en" of a digest.
    language: str
    watchlist: str
    #: Why there is a mail: one sentence.
    why: str
    #: Why it comes late; "" where it does not.
    held: str
    stories: tuple[StoryView, ...]
    #: Further stories of a digest, by title and link alone, and how many are not named at all.
    more: tuple[SourceView, ...] = ()
    left: int = 0
    #: Of all its stories, those of high severity.
    high: int = 0
    #: IANA zone of all times; "" where none is shown.
    time_zone: str = ""
    links: LinksView = LinksView()
    footer: str = ""
