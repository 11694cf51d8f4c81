#!/usr/bin/env bash
# Removes what install.sh has installed. Settings, secrets, data and the user stay, so that installing again goes on
# where it was; --purge removes them too. May be run again, and after an installation that broke off.
set -euo pipefail

usage() {
    cat <<'USAGE'
Usage: uninstall.sh [--root DIR] [--purge]

  --root DIR  uninstall from DIR as the root of another system
  --purge     remove settings, secrets, data and the user as well
USAGE
}

root='' purge=false
while [ $# -gt 0 ]; do
    case $1 in
    --root) root=${2:?"--root needs a folder"} && shift 2 ;;
    --purge) purge=true && shift ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
done

# shellcheck source=deploy/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
root=$(absolute_root "$root")

main() {
    [ "$(id -u)" -eq 0 ] || die "only root can uninstall; try: sudo $0"
    if is_live; then stop_units; fi
    remove_units
    rm -rf "$root$home" "$root$local/share/doc/news-monitor"
    rm -f "$root$local/bin/news-monitor"
    if $purge; then
        remove_data
        remove_user
        say "removed, with settings, secrets and data"
    else
        say "removed; $etc and $state are kept (--purge removes them)"
    fi
}

stop_units() {
    systemctl stop 'news-monitor*.target' 'news-monitor-*.service'
}

remove_units() {
    # Links, and not `systemctl disable`, so that it works for units whose files are gone already.
    rm -rf "$root/etc/systemd/system/news-monitor.target.wants"
    rm -f "$root/etc/systemd/system/multi-user.target.wants/news-monitor.target"
    rm -f "$root$units/news-monitor.target" "$root$units"/news-monitor-*.service
    rm -f "$root$local/lib/tmpfiles.d/news-monitor.conf"
    if is_live; then systemctl daemon-reload; fi
}

remove_data() {
    rm -rf "$root$etc" "$root$state" "$root/etc/systemd/system"/news-monitor-*.service.d
}

remove_user() {
    rm -f "$root$local/lib/sysusers.d/news-monitor.conf"
    if grep -qs '^news-monitor:' "$root/etc/passwd"; then userdel ${root:+--prefix "$root"} news-monitor; fi
    # userdel leaves the group where it has other members.
    if grep -qs '^news-monitor:' "$root/etc/group"; then groupdel ${root:+--prefix "$root"} news-monitor; fi
}

main
