"""Which hosts and addresses are refused: whatever is not a public unicast address, unless `net.allow_hosts` names it.

Pure: it judges addresses and the form of a host name, and never looks a name up. `monitor.net.resolver` asks it about
every address that a name leads to, at the moment of connecting, so that a name cannot lead elsewhere after the check;
`monitor.net.client` asks it about the host of every hop, because no resolver is asked for an address that is written
out. Behind a proxy it is the proxy that looks names up: there only hosts that are written as an address, and
"localhost", can be refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from monitor.net.hosts import ascii_host, literal_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: In order of precedence. Sources: the IANA special-purpose address registries (RFC 6890 and its updates); the
#: metadata services as documented by AWS, GCP, Azure, Alibaba Cloud and Oracle Cloud.
_REFUSED_V4 = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("169.254.169.254/32", "a cloud metadata service"),
        ("169.254.170.2/32", "a cloud metadata service"),
        ("100.100.100.200/32", "a cloud metadata service"),
        ("168.63.129.16/32", "a cloud metadata service"),
        ("192.0.0.192/32", "a cloud metadata service"),
        ("0.0.0.0/32", "unspecified"),
        ("0.0.0.0/8", "reserved"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared (carrier-grade NAT)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_REFUSED_V6 = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("fd00:ec2::254/128", "a cloud metadata service"),
        ("fd20:ce::254/128", "a cloud metadata service"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "local-use NAT64"),
        ("100::/64", "reserved"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "for documentation"),
        ("3fff::/20", "for documentation"),
        ("5f00::/16", "reserved"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)
#: All that is public in IPv6 is handed out of this (RFC 4291, section 2.4).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = IPv6Network("::/96")


def refusal(address: Address) -> str | None:
    """Say why an address is refused ("loopback", "private", ...), or None where it is public.

    An IPv6 address that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) is as good as that one.
    """
    if isinstance(address, IPv4Address):
        return _first(address, _REFUSED_V4)
    for inner, form in embedded_v4(address):
        if reason := refusal(inner):
            return f"{form} of {inner}, which is {reason}"
    if address.ipv4_mapped or address.teredo or address in _NAT64:
        return None
    return _first(address, _REFUSED_V6) or (None if address in _GLOBAL_UNICAST else "reserved")


def embedded_v4(address: IPv6Address) -> list[tuple[IPv4Address, str]]:
    """List the IPv4 addresses that traffic to an IPv6 address can end at, each with the form that embeds it.

    Sources: RFC 4291 2.5.5 (mapped, compatible), RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo).
    """
    if address.ipv4_mapped:
        return [(address.ipv4_mapped, "the IPv6 form")]
    if address.sixtofour:
        return [(address.sixtofour, "the 6to4 form")]
    if address.teredo:
        return [(inner, "a Teredo form") for inner in address.teredo]
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64:
        return [(last, "the NAT64 form")]
    # "::" and "::1" are addresses of their own.
    if address in _V4_COMPATIBLE and int(address) > 1:
        return [(last, "the IPv6 form")]
    return []


def _first(address: Address, table: Iterable[tuple[Network, str]]) -> str | None:
    return next((reason for network, reason in table if address in network), None)


@dataclass(frozen=True, slots=True, eq=False)
class AllowedHosts:
    """The hosts and networks that may be private."""

    #: ASCII, lower case, without a trailing dot; such a name may lead anywhere, others that lead there may not.
    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> AllowedHosts:
        """Read entries of `net.allow_hosts`: a host name (exact), an address or a network ("10.1.0.0/16").

        Raises ValueError that names the first entry which is none of these.
        """
        names: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            if network := _network(entry):
                networks.append(network)
            elif name := ascii_host(entry):
                names.add(name.removesuffix("."))
            else:
                raise ValueError(f"{entry!r} is neither a host name, nor an address, nor a network such as 10.1.0.0/16")
        return cls(frozenset(names), tuple(networks))

    def name(self, host: str) -> bool:
        """Say whether a host name is allowed whatever it leads to."""
        return host.removesuffix(".") in self.names

    def address(self, address: Address) -> bool:
        """Say whether an address is allowed by itself, or as the IPv4 address that it maps."""
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any(address in network or (mapped and mapped in network) for network in self.networks)


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry.strip().strip("[]"), strict=False)
    except ValueError:
        pass
    try:
        address = literal_address(entry.strip())
    except ValueError:
        return None
    return None if address is None else ip_network(address)


@lru_cache(maxsize=4096)
def refused_host(host: str, allowed: AllowedHosts) -> str | None:
    """Say why a URL's host is refused before any name is looked up: "127.0.0.1 is loopback"; else None."""
    if allowed.name(host):
        return None
    if host.removesuffix(".").rpartition(".")[2].lower() == "localhost":
        return f"{host} is loopback"
    try:
        address = literal_address(host)
    except ValueError:
        return f"{host} is no valid address"
    if address is None:
        return None
    reason = refused_address(address, allowed)
    return reason and (f"{host} is {reason}" if str(address) == host else f"{host} is {address}, which is {reason}")


def refused_address(address: Address, allowed: AllowedHosts) -> str | None:
    """Say why an address that a name leads to is refused; None where it is public or allowed."""
    reason = refusal(address)
    return reason if reason and not allowed.address(address) else None


def refused_answers(addresses: Iterable[str], allowed: AllowedHosts) -> dict[str, str]:
    """Map each refused address of a name's answer (as text, a zone like "%eth0" included) to the reason."""
    reasons = {text: refused_address(ip_address(text), allowed) for text in addresses}
    return {text: reason for text, reason in reasons.items() if reason}
