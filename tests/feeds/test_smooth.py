"""What is taken out of a document for feedparser's sake leaves it well-formed where it was: else it is read loosely."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.feeds.reading.encoding import decode
from monitor.feeds.reading.parse import ENTRY_TAG
from monitor.feeds.reading.smooth import smoothed
from monitor.feeds.reading.xml_guard import clean, survey
from tests.feeds.made import SAMPLES

DOCUMENTS = sorted(path for path in SAMPLES.iterdir() if path.suffix == ".xml")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_well_formed_document_stays_so(path: Path) -> None:
    text = clean(decode(path.read_bytes(), "text/xml").text.lstrip()).text
    broken = survey(text).broken
    assert broken or not survey(smoothed(text, ENTRY_TAG)).broken
