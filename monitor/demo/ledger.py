"""What was published and what was received, and what follows from both: late, missing, unexpected, repeated alerts.

Times are seconds since the epoch. It knows no server and draws nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, get_args

from monitor.demo.plan import Publication

Way = Literal["mail", "webhook", "mailbox"]
WAYS: tuple[Way, ...] = get_args(Way)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about: one article for one watchlist."""

    watchlist: str
    url: str


@dataclass(frozen=True, slots=True)
class Published:
    """A publication that has happened."""

    publication: Publication
    at: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """An alert as it arrived one way."""

    way: Way
    #: Message-ID, webhook-id or file name: a second one with the same id is the same delivery.
    id: str
    subject: Subject
    at: float


@dataclass(slots=True)
class Ledger:
    """The record of one run."""

    #: Everything in the order in which it happened.
    events: list[Published | Receipt] = field(default_factory=list)
    #: Webhooks whose signature was wrong.
    forged: int = 0
    _seen: set[tuple[Way, str]] = field(default_factory=set)

    def publish(self, publication: Publication, at: float) -> None:
        """Record that an entry has appeared."""
        self.events.append(Published(publication, at))

    def receive(self, receipt: Receipt) -> None:
        """Record an alert; one more copy of the same delivery is what its id is for, and no event."""
        if (receipt.way, receipt.id) not in self._seen:
            self._seen.add((receipt.way, receipt.id))
            self.events.append(receipt)

    @property
    def published(self) -> list[Published]:
        """Return what has appeared, oldest first."""
        return [event for event in self.events if isinstance(event, Published)]

    @property
    def receipts(self) -> list[Receipt]:
        """Return what has arrived, oldest first."""
        return [event for event in self.events if isinstance(event, Receipt)]

    def expected(self) -> dict[Subject, Published]:
        """Return the alerts that are due by now, each with the publication that it tells of."""
        return {
            Subject(id_, event.publication.url): event for event in self.published for id_ in event.publication.alerts
        }

    def latencies(self, way: Way) -> dict[Subject, float]:
        """Return the seconds from publication to first receipt of each expected alert that arrived this way."""
        due = self.expected()
        found: dict[Subject, float] = {}
        for receipt in self.receipts:
            if receipt.way == way and receipt.subject in due:
                found.setdefault(receipt.subject, receipt.at - due[receipt.subject].at)
        return found

    def missing(self, way: Way) -> list[Subject]:
        """Return the expected alerts that have not arrived this way."""
        arrived = self.latencies(way)
        return [subject for subject in self.expected() if subject not in arrived]

    def unexpected(self) -> list[Receipt]:
        """Return the alerts that nobody should have been sent."""
        due = self.expected()
        return [receipt for receipt in self.receipts if receipt.subject not in due]

    def repeated(self) -> list[Subject]:
        """Return the expected alerts that came more than once one way, under different ids."""
        due = self.expected()
        counts = Counter((receipt.way, receipt.subject) for receipt in self.receipts if receipt.subject in due)
        return list(dict.fromkeys(subject for (_, subject), count in counts.items() if count > 1))

    def is_complete(self) -> bool:
        """Tell whether all that is expected by now has arrived every way."""
        return not any(self.missing(way) for way in WAYS)

    def is_clean(self) -> bool:
        """Tell whether nothing has arrived that should not have."""
        return not (self.unexpected() or self.repeated() or self.forged)

    def title(self, url: str) -> str:
        """Return the title of a published article, or its address where there is none."""
        return next((event.publication.title for event in self.published if event.publication.url == url), url)
