# shellcheck shell=bash
# Where an installation lies, for install.sh and uninstall.sh; both set `root`, "" for this host itself.
# shellcheck disable=SC2034  # read by the scripts that source this file

home=/opt/news-monitor
etc=/etc/news-monitor
state=/var/lib/news-monitor
local=/usr/local
units=$local/lib/systemd/system
roles=(poller matcher notifier web)

say() { echo "${0##*/}: $*"; }

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# Whether this host's own systemd runs the installation, and not a container's or image's some other time.
is_live() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# The root as other tools are to be told it: absolute, "" for this host itself.
absolute_root() {
    if [ -z "$1" ]; then return; fi
    mkdir -p "$1"
    local path
    path=$(cd "$1" && pwd -P)
    echo "${path%/}"
}
