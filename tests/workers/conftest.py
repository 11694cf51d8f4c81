"""Workers in the tests' own process look around more often: what they would notice in a second is noticed at once."""

from __future__ import annotations

import pytest

from workers import follower, life, loop, notifier, poller, pushes


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the rounds of all that is not counted by a clock of the promises."""
    monkeypatch.setattr(loop, "_WAIT_S", 0.1)
    monkeypatch.setattr(life, "BEAT_S", 0.1)
    monkeypatch.setattr(follower, "_LOOK_S", 0.05)
    monkeypatch.setattr(notifier, "_LOOK_S", 0.1)
    monkeypatch.setattr(poller, "_CLAIM_S", 0.05)
    monkeypatch.setattr(poller, "_HEED_S", 0.2)
    # What another worker has noticed sooner must not be hidden by an older measure.
    monkeypatch.setattr(pushes, "_MEASURED_S", 0.0)
