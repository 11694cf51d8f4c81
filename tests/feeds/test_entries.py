"""What names an author, whatever addresses stand around it."""

from __future__ import annotations

import pytest

from monitor.feeds.reading.entries import person


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Jane Doe", "Jane Doe"),
        ("jane@harbour.example (Jane Doe)", "Jane Doe"),
        ("jane@harbour.example [Jane Doe]", "Jane Doe"),
        ("jane@harbour.example <Jane Doe>", "Jane Doe"),
        ("Jane Doe (jane@harbour.example)", "Jane Doe"),
        ('"Doe, Jane" <jane@harbour.example>', "Doe, Jane"),
        ("Jane Doe [mailto:jane@harbour.example]", "Jane Doe"),
        ("Jane Doe, jane@harbour.example", "Jane Doe"),
        ("Jane jane@harbour.example Doe", "Jane Doe"),
        ("Jane Doe (Editor) <jane@harbour.example>", "Jane Doe (Editor)"),
        ("Jane Doe (https://jane.example/)", "Jane Doe"),
        ("Jane Doe https://jane.example/", "Jane Doe"),
        ("Jane Doe (jane@a.example) (jane@b.example)", "Jane Doe"),
        ("张伟 <zhang@harbour.example>", "张伟"),
        ("Jane Doe (mailto:&#106;&#64;&#97;&#46;example)", "Jane Doe"),
        ("J&#252;rgen Doe", "Jürgen Doe"),
        ("Jane @ Harbour", "Jane @ Harbour"),
        ("@jane", "@jane"),
        # Better than nothing.
        ("jane@harbour.example", "jane@harbour.example"),
        ("https://jane.example/", "https://jane.example/"),
        ("jane@harbour.example (https://jane.example/)", "jane@harbour.example (https://jane.example/)"),
        ("", ""),
    ],
)
def test_a_person_is_named_without_addresses(text: str, name: str) -> None:
    assert person(text) == name
