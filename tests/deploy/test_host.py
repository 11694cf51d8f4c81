"""The scripts without --root, as an administrator calls them: on this very host, under a layer that vanishes."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.deploy.conftest import DEPLOY, OFFLINE, run

#: Writes to these folders go to memory, and a systemd that runs here is out of sight.
LAYER = """
mount --make-rprivate /
mount -t tmpfs tmpfs "$layer"
mount -t tmpfs tmpfs /run
for folder in etc opt usr/local var/lib; do
    mkdir -p "$layer/$folder/upper" "$layer/$folder/work"
    mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$layer/$folder/upper,workdir=$layer/$folder/work" "/$folder"
done
"""


def on_this_host(layer: Path, script: str) -> str:
    """Run shell commands as root of this host, all of whose changes are forgotten at the end."""
    layer.mkdir()
    return run(
        "unshare", "--mount", "bash", "-euc", f"layer=$0\n{LAYER}{script}", layer, DEPLOY, sys.executable, *OFFLINE
    )


def test_installed_run_and_purged(systemd: None, tmp_path: Path) -> None:
    said = on_this_host(
        tmp_path / "layer",
        """
        deploy=$1 python=$2; shift 2
        "$deploy/install.sh" --python "$python" "$@"
        "$deploy/install.sh" --python "$python" "$@"
        id --name --groups news-monitor
        cd / && news-monitor --help
        "$deploy/uninstall.sh" --purge
        find /etc /opt /usr/local /var/lib -xdev -name '*news-monitor*' -printf 'left behind: %p\\n'
        """,
    )
    assert said.count("building") == 1
    assert "news-monitor\n" in said
    assert "Usage: news-monitor" in said
    assert "left behind" not in said
    assert not Path("/opt/news-monitor").exists()
