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


def on_this_host(layer: Path, script: str, *arguments: str | Path) -> str:
    """Run shell commands as root of this host, all of whose changes are forgotten at the end."""
    layer.mkdir()
    return run("unshare", "--mount", "bash", "-euc", f"layer=$0\n{LAYER}{script}", layer, *arguments)


def test_a_build_that_broke_off_is_built_again_takes_the_place_of_others_runs_and_is_purged(
    built: Path, tmp_path: Path
) -> None:
    release = (built / "opt/news-monitor/current").resolve().name
    said = on_this_host(
        tmp_path / "layer",
        """
        release=$1 deploy=$2 python=$3; shift 3
        mkdir -p "/opt/news-monitor/releases/$release/bin" /opt/news-monitor/releases/of-another-version
        ln -s releases/of-another-version /opt/news-monitor/current

        "$deploy/install.sh" --python "$python" "$@"
        "$deploy/install.sh" --python "$python" "$@"
        ls /opt/news-monitor/releases
        id --name --groups news-monitor
        cd / && news-monitor check
        printf '#!/bin/sh\\necho "$1 as $(id --user --name)"' >/opt/news-monitor/current/bin/news-monitor
        news-monitor feeds && news-monitor send-test

        "$deploy/uninstall.sh" --purge
        find /etc /opt /usr/local /var/lib -xdev -name '*news-monitor*' -printf 'left behind: %p\\n'
        """,
        *(release, DEPLOY, sys.executable, *OFFLINE),
    )
    assert said.count("building") == 1
    assert f"\n{release}\nnews-monitor\n" in said
    assert "/etc/news-monitor/settings.toml: " in said
    assert "feeds as root\nsend-test as news-monitor\n" in said
    assert "left behind" not in said
    assert not Path("/opt/news-monitor").exists()
