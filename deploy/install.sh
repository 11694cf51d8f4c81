#!/usr/bin/env bash
# Installs the news monitor of this checkout as a systemd service, or upgrades an installed one: run it again at will.
#
# Each build is a virtual environment of its own, /opt/news-monitor/releases/ID, where ID is a hash of what it is made
# of; /opt/news-monitor/current points to the one in use, so a build that fails leaves the running service as it was.
# Never overwritten: settings that somebody has edited, secrets, data, and which units are enabled.
set -euo pipefail
shopt -s inherit_errexit
umask 022

usage() {
    cat <<'USAGE'
Usage: install.sh [--root DIR] [--python PYTHON] [--start] [-- PIP OPTIONS]

  --root DIR       install into DIR as the root of another system, e.g. an image; nothing is started
  --python PYTHON  interpreter of the service, 3.11 or newer (default: python3)
  --start          start the service at the end

What follows -- goes to pip, for example where packages come from on a host without a network:
  sudo deploy/install.sh --start -- --no-index --find-links wheels
USAGE
}

root='' python=python3 start=false
while [ $# -gt 0 ]; do
    case $1 in
    --root) root=${2:?"--root needs a folder"} && shift 2 ;;
    --python) python=${2:?"--python needs an interpreter"} && shift 2 ;;
    --start) start=true && shift ;;
    -h | --help) usage && exit ;;
    --) shift && break ;;
    *) usage >&2 && exit 2 ;;
    esac
done
pip_options=("$@")

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/common.sh
. "$checkout/deploy/common.sh"
root=$(absolute_root "$root")
sources=(pyproject.toml constraints.txt README.md LICENSE monitor workers)

main() {
    check_host
    local release first=true
    release=$home/releases/$(fingerprint)
    build "$release"
    lay_settings
    check_settings "$release"
    if [ -e "$root$units/news-monitor.target" ]; then first=false; fi
    lay_files
    systemd-sysusers ${root:+--root="$root"} "$root$local/lib/sysusers.d/news-monitor.conf"
    systemd-tmpfiles ${root:+--root="$root"} --create "$root$local/lib/tmpfiles.d/news-monitor.conf"
    # Only once: a unit that an administrator has disabled since stays disabled.
    if $first; then enable_units; fi
    if [ ! "$root$home/current" -ef "$root$release" ]; then
        switch_to "$release"
        if is_live; then restart_units; fi
        remove_other_releases "$release"
    fi
    if is_live && $start; then systemctl start news-monitor.target; fi
    say_what_next
}

check_host() {
    [ "$(id -u)" -eq 0 ] || die "only root can install; try: sudo $0"
    command -v systemd-sysusers systemctl >/dev/null || die "systemd is missing; on Debian: apt-get install systemd"
    command -v "$python" >/dev/null || die "there is no $python; choose an interpreter with --python"
    python=$(realpath -s "$(command -v "$python")")
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "$python is $("$python" -V 2>&1); 3.11 or newer is needed: choose one with --python"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        die "$python has no venv module; on Debian: apt-get install python3-venv"
    if is_live; then
        case $("$python" -c 'import sys; print(sys.base_prefix)') in
        /home/* | /root/*) die "the service has no access to home folders, where $python is: choose one with --python" ;;
        esac
    fi
}

# Sources, pinned versions, units and interpreter: what decides how the running service behaves.
fingerprint() {
    (
        cd "$checkout"
        "$python" -c 'import sys; print(sys.version, sys.base_prefix)'
        find "${sources[@]}" deploy/systemd -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    ) | sha256sum | cut -c1-12
}

# Builds a release in its final place, from a copy: setuptools leaves files behind in the folder that it builds.
build() {
    local release=$1
    if [ -e "$root$release/.complete" ]; then return; fi
    say "building $release"
    rm -rf "$root$release"
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    (cd "$checkout" && cp -R --parents "${sources[@]}" "$scratch")
    "$python" -m venv "$root$release"
    "$root$release/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir \
        --constraint "$checkout/constraints.txt" "${pip_options[@]}" "${scratch}[embedded]"
    if [ -n "$root" ]; then forget_root "$root$release"; fi
    touch "$root$release/.complete"
}

# Scripts of a virtual environment name its absolute path, which must be the one inside the root.
forget_root() {
    grep -rlIZF -- "$root/" "$1/bin" "$1/pyvenv.cfg" | xargs -0 -r sed -i "s|$root/|/|g"
}

# The checkout's settings, with its data folder moved to the state directory. What was shipped last is kept beside the
# releases: settings equal to it were never edited and follow the new ones, others are left alone.
lay_settings() {
    local settings=$root$etc/settings.toml shipped=$root$home/settings.toml.shipped new=$root$home/settings.toml.next
    mkdir -p "$root$etc"
    sed 's|"data/|"/var/lib/news-monitor/|g' "$checkout/settings.toml" >"$new"
    if [ ! -e "$settings" ] || cmp -s "$settings" "$shipped"; then
        install -m 0640 "$new" "$settings"
    elif ! cmp -s "$new" "$shipped" && ! cmp -s "$new" "$settings"; then
        install -m 0640 "$new" "$settings.new"
        say "settings.toml was edited and is kept; the new one is $etc/settings.toml.new"
    fi
    mv "$new" "$shipped"
    [ -e "$root$etc/environment" ] || install -m 0640 "$checkout/deploy/environment" "$root$etc/environment"
}

# A release that refuses this host's settings never takes the place of one that runs with them. Left out of the path (-P):
# the folder that we were called in, which may be the checkout.
check_settings() {
    "$root$1/bin/python" -P -m monitor check "$root$etc/settings.toml" ||
        die "this release refuses $etc/settings.toml; the service is as it was: mend the settings and run this again"
}

lay_files() {
    local role
    install -D -m 0644 -t "$root$units" "$checkout/deploy/systemd/news-monitor.target" \
        "$checkout/deploy/systemd/news-monitor-queue.service"
    for role in "${roles[@]}"; do
        install -m 0644 "$checkout/deploy/systemd/news-monitor-ROLE@.service" "$root$units/news-monitor-$role@.service"
    done
    install -D -m 0644 "$checkout/deploy/systemd/sysusers.conf" "$root$local/lib/sysusers.d/news-monitor.conf"
    install -D -m 0644 "$checkout/deploy/systemd/tmpfiles.conf" "$root$local/lib/tmpfiles.d/news-monitor.conf"
    install -D -m 0644 -t "$root$local/share/doc/news-monitor" "$checkout/docs/deploy.md"
    install -D -m 0755 -t "$root$local/bin" "$checkout/deploy/news-monitor"
}

switch_to() {
    ln -sfn "releases/${1##*/}" "$root$home/current.next"
    mv -T "$root$home/current.next" "$root$home/current"
}

# One poller, one notifier, and a matcher for each core.
enable_units() {
    local matchers
    mapfile -t matchers < <(seq -f 'news-monitor-matcher@%g.service' "$(nproc)")
    systemctl --quiet --root="${root:-/}" enable news-monitor.target news-monitor-queue.service \
        news-monitor-poller@1.service "${matchers[@]}" news-monitor-notifier@1.service
}

restart_units() {
    systemctl daemon-reload
    systemctl try-restart 'news-monitor-*.service' ||
        die "the new release does not start; see: journalctl --unit 'news-monitor-*' --pager-end"
}

remove_other_releases() {
    find "$root$home/releases" -mindepth 1 -maxdepth 1 ! -path "$root$1" -exec rm -rf {} +
}

say_what_next() {
    say "installed${root:+ in $root}: settings in $etc/settings.toml, secrets in $etc/environment"
    if is_live && $start; then
        say "see: news-monitor status; journalctl --unit 'news-monitor-*' --follow"
    else
        say "to start: systemctl start news-monitor.target"
    fi
}

main
