"""The installed units, judged by systemd itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY, run

UNITS = (
    "news-monitor-queue.service",
    "news-monitor-poller@1.service",
    "news-monitor-matcher@2.service",
    "news-monitor-notifier@1.service",
    "news-monitor-web@1.service",
)


def lines(unit: str) -> list[str]:
    return (DEPLOY / "systemd" / unit).read_text().splitlines()


def hardening(unit: str) -> list[str]:
    return [x for x in shared_part(lines(unit)) if not x.startswith("#")]


def shared_part(text: list[str]) -> list[str]:
    start = next(i for i, x in enumerate(text) if x.startswith("# --- the same in"))
    return text[start : text.index("# --- end of the same ---")]


def test_units_are_valid(root: Path) -> None:
    host = "usr/lib/systemd/system"
    shutil.copytree(f"/{host}", root / host, symlinks=True)
    said = run(
        "systemd-analyze",
        "verify",
        "--man=no",
        "--recursive-errors=no",
        f"--root={root}",
        "news-monitor.target",
        *UNITS,
    )
    assert "news-monitor" not in said


def test_the_exposure_of_each_unit_is_at_most_2(built: Path) -> None:
    run("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", f"--root={built}", *UNITS)


def test_queue_and_workers_are_hardened_alike() -> None:
    assert hardening("news-monitor-queue.service") == hardening("news-monitor-ROLE@.service") != []


@pytest.mark.parametrize("unit", ["news-monitor-queue.service", "news-monitor-ROLE@.service"])
@pytest.mark.parametrize(
    "promise",
    [
        "Type=notify",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "PartOf=news-monitor.target",
        "WantedBy=news-monitor.target",
        "User=news-monitor",
        "UMask=0007",
        "EnvironmentFile=-/etc/news-monitor/environment",
    ],
)
def test_each_unit(unit: str, promise: str) -> None:
    assert promise in lines(unit)


def test_workers_outlive_a_restart_of_the_queue_but_stop_before_it() -> None:
    text = lines("news-monitor-ROLE@.service")
    assert any(x.startswith("After=news-monitor-queue.service") for x in text)
    assert not any(x.startswith(("Requires=", "BindsTo=")) for x in text)
