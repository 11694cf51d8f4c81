"""A folder to run commands in."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Work in a folder with a settings file that says what `TEXT` of the test's file says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_SETTINGS", raising=False)
    path = tmp_path / "settings.toml"
    path.write_text(request.module.TEXT, "utf-8")
    return path
