"""The host of a URL in its one ASCII form: names by IDNA, addresses as every resolver would read them.

Pure. What a browser or the C library would take for an IPv4 address (2130706433, 0x7f.1, 0177.0.0.1, １２７.1) is
one here too, so that no spelling of an address passes as a name.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

#: Letters, digits, "-", "_" (seen in the wild) and dots; RFC 3986 would allow more, no resolver does.
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
#: The last label of something that is read as an IPv4 address (WHATWG URL, "ends in a number").
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def ascii_host(host: str) -> str:
    """Bring a host to ASCII and lower case, an address to its usual form ("127.0.0.1", "::1"); "" where it is none.

    Takes IPv6 addresses with or without brackets and returns them without. A trailing dot of a name stays.
    """
    text = host.strip().lower()
    if not text.isascii():
        text = _idna(text)
    try:
        address = literal_address(text)
    except ValueError:
        return ""
    if address is not None:
        return str(address)
    return text if len(text) <= 254 and _NAME.fullmatch(text) else ""


def _idna(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        pass
    # Names of IDNA 2003 that IDNA 2008 has no place for: emoji, full-width addresses.
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """Read a host that is written as an address; None where it is a name.

    Raises ValueError where it can only be an address and is none (1.2.3.4.5, 256.1.1.1, [zz]).
    """
    text = host.removeprefix("[").removesuffix("]")
    if ":" in text:
        return IPv6Address(text)
    if text != host:
        raise AddressValueError(f"{host} is no IPv6 address")
    labels = text.removesuffix(".").lower().split(".")
    if not _NUMBER.fullmatch(labels[-1]):
        return None
    return _ipv4([_number(label) for label in labels])


def _ipv4(numbers: list[int]) -> IPv4Address:
    """Join one to four numbers as inet_aton(3) does: the last one fills all bytes that are left."""
    *heads, last = numbers
    if len(numbers) > 4 or any(head > 255 for head in heads) or last >= 256 ** (4 - len(heads)):
        raise AddressValueError(f"{'.'.join(map(str, numbers))} is no IPv4 address")
    return IPv4Address(sum(head << (24 - 8 * place) for place, head in enumerate(heads)) + last)


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if len(label) > 1 and label.startswith("0") else 10)
