"""Which hosts and addresses are refused, in every spelling that some resolver understands."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from monitor.net.addresses import AllowedHosts, refusal, refused_address, refused_answers, refused_host
from monitor.net.hosts import ascii_host, literal_address

NOBODY = AllowedHosts()


@pytest.mark.parametrize(
    ("spelling", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("2130706433.", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0x7f.0x0.0x0.0x1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("0177.0x0.0.1", "127.0.0.1"),
        ("00000177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("127.65535", "127.0.255.255"),
        ("0", "0.0.0.0"),
        ("0x", "0.0.0.0"),
        ("0.0.0.0", "0.0.0.0"),
        ("10.1", "10.0.0.1"),
        ("012.1", "10.0.0.1"),
        ("0xa9fea9fe", "169.254.169.254"),
        ("2852039166", "169.254.169.254"),
        ("169.254.43518", "169.254.169.254"),
        ("3232235777", "192.168.1.1"),
        ("１２７.０.０.１", "127.0.0.1"),
        ("127。0。0。1", "127.0.0.1"),
        ("①②⑦.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("[::]", "::"),
        ("[::FFFF:127.0.0.1]", "::ffff:7f00:1"),
        ("[fe80::1%25eth0]", "fe80::1%25eth0"),
        ("134744072", "8.8.8.8"),
        # Names, whatever they look like.
        ("example.com", None),
        ("127.0.0.1.example", None),
        ("1.2.3.4.a", None),
        ("0x7f.example", None),
        ("0xzz", None),
        ("a.1a", None),
        ("localhost", None),
    ],
)
def test_every_spelling_of_an_address_is_read_as_that_address(spelling: str, address: str | None) -> None:
    host = ascii_host(spelling)
    found = literal_address(host)
    assert (None if found is None else str(ip_address(str(found)))) == address
    if address is not None:
        assert host == str(ip_address(address))


@pytest.mark.parametrize(
    "host", ["1.2.3.4.5", "256.1.1.1", "1.2.3.256", "1.16777216", "4294967296", "09.1.1.1", "[zz]"]
)
def test_what_can_only_be_an_address_and_is_none_is_no_host(host: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        literal_address(host)
    assert ascii_host(host) == ""
    assert refused_host(host, NOBODY) == f"{host} is no valid address"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "reserved"),
        ("10.0.0.1", "private"),
        ("10.255.255.255", "private"),
        ("11.0.0.0", None),
        ("100.63.255.255", None),
        ("100.64.0.1", "shared (carrier-grade NAT)"),
        ("100.127.255.255", "shared (carrier-grade NAT)"),
        ("100.100.100.200", "a cloud metadata service"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "a cloud metadata service"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "a cloud metadata service"),
        ("169.254.170.2", "a cloud metadata service"),
        ("172.15.255.255", None),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", None),
        ("192.0.0.8", "reserved"),
        ("192.0.2.1", "for documentation"),
        ("192.88.99.1", "reserved"),
        ("192.168.0.1", "private"),
        ("198.18.0.1", "for benchmarks"),
        ("198.19.255.255", "for benchmarks"),
        ("198.20.0.0", None),
        ("198.51.100.7", "for documentation"),
        ("203.0.113.7", "for documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("1.1.1.1", None),
        ("223.255.255.255", None),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fd00:ec2::254", "a cloud metadata service"),
        ("fd12:3456::1", "private"),
        ("fc00::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "for documentation"),
        ("3fff::1", "for documentation"),
        ("100::1", "reserved"),
        ("2001:2::1", "reserved"),
        ("5f00::1", "reserved"),
        ("4000::1", "reserved"),
        ("64:ff9b:1::a00:1", "local-use NAT64"),
        ("2606:4700::1111", None),
        ("2a00:1450:4001::1", None),
        ("::ffff:10.0.0.1", "the IPv6 form of 10.0.0.1, which is private"),
        ("::ffff:169.254.169.254", "the IPv6 form of 169.254.169.254, which is a cloud metadata service"),
        ("::ffff:1.1.1.1", None),
        ("::127.0.0.1", "the IPv6 form of 127.0.0.1, which is loopback"),
        ("::1.1.1.1", "reserved"),
        ("64:ff9b::10.0.0.1", "the NAT64 form of 10.0.0.1, which is private"),
        ("64:ff9b::1.1.1.1", None),
        ("2002:7f00:1::", "the 6to4 form of 127.0.0.1, which is loopback"),
        ("2002:c0a8:101::1", "the 6to4 form of 192.168.1.1, which is private"),
        ("2002:101:101::1", None),
        # Server 1.1.1.1, client 10.0.0.1 (written inverted); then client 1.1.1.1.
        ("2001:0:101:101::f5ff:fffe", "a Teredo form of 10.0.0.1, which is private"),
        ("2001:0:101:101::fefe:fefe", None),
    ],
)
def test_an_address_is_refused_for_what_it_is(address: str, reason: str | None) -> None:
    assert refusal(ip_address(address)) == reason


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.0.0.1", "127.0.0.1 is loopback"),
        ("0x7f.1", "0x7f.1 is 127.0.0.1, which is loopback"),
        ("localhost", "localhost is loopback"),
        ("LOCALHOST.", "LOCALHOST. is loopback"),
        ("feeds.localhost", "feeds.localhost is loopback"),
        ("localhost.example", None),
        ("news.example", None),
        ("8.8.8.8", None),
    ],
)
def test_a_host_is_refused_before_its_name_is_looked_up(host: str, reason: str | None) -> None:
    assert refused_host(host, NOBODY) == reason


@pytest.mark.parametrize(
    ("entry", "host", "permitted"),
    [
        ("localhost", "localhost", True),
        ("LocalHost", "localhost.", True),
        ("localhost", "feeds.localhost", False),
        ("localhost", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.0/8", "127.9.9.9", True),
        ("10.1.2.3/16", "10.1.9.9", True),
        ("10.1.0.0/16", "10.2.0.1", False),
        ("10.1.0.0/16", "::ffff:10.1.0.1", True),
        ("0x7f.1", "127.0.0.1", True),
        ("[::1]", "::1", True),
        ("::1", "::1", True),
        ("fd00::/8", "fd00:ec2::254", True),
    ],
)
def test_an_allowed_host_is_let_through_and_no_other(entry: str, host: str, *, permitted: bool) -> None:
    assert (refused_host(host, AllowedHosts.parse([entry])) is None) is permitted


def test_a_name_that_is_allowed_does_not_allow_others_that_lead_to_the_same_place() -> None:
    allowed = AllowedHosts.parse(["intranet.example", "bücher.example"])
    assert allowed.name("intranet.example")
    assert allowed.name("xn--bcher-kva.example.")
    assert refused_address(ip_address("10.0.0.1"), allowed) == "private"
    assert refused_address(ip_address("10.0.0.1"), AllowedHosts.parse(["10.0.0.1"])) is None


@pytest.mark.parametrize("entry", ["", "10.0.0.0/33", "http://intranet.example/", "*.example", "1.2.3.4.5"])
def test_an_entry_that_allows_nothing_is_an_error_that_names_it(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host name, nor an address, nor a network") as caught:
        AllowedHosts.parse(["good.example", entry])
    assert repr(entry) in str(caught.value)


def test_of_a_names_answers_each_refused_one_is_told() -> None:
    answers = ["93.184.215.14", "10.0.0.1", "fe80::1%eth0"]
    assert refused_answers(answers, NOBODY) == {"10.0.0.1": "private", "fe80::1%eth0": "link-local"}
