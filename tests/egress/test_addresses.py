"""Which addresses are within reach."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import Schema, load
from bridge.egress import EgressConfig
from bridge.egress.addresses import is_public, make_reach, parse_allowed

REACH = make_reach(["10.1.0.0/16", "127.0.0.1:8008", "[fd00::1]:8080"], [80, 443])


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.1",
        "10.0.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "2606:4700::1%eth0",
    ],
)
def test_an_address_outside_the_public_internet_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450::1"])
def test_a_public_address_is_within_reach(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_nothing_that_python_calls_private_is_within_reach(address: IPv4Address) -> None:
    assert not (is_public(address) and (address.is_private or address.is_multicast or address.is_reserved))


@given(st.ip_addresses(v=6))
def test_nothing_in_ipv6_that_python_calls_private_is_within_reach(address: IPv6Address) -> None:
    assert not (is_public(address) and (address.is_private or address.is_multicast or address.is_reserved))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_reached_by_way_of_ipv6(address: IPv4Address) -> None:
    packed = int(address)
    assert not is_public(IPv6Address(packed))
    assert not is_public(IPv6Address((0xFFFF << 32) | packed))
    assert not is_public(IPv6Address((0x64FF9B << 96) | packed))
    assert not is_public(IPv6Address((0x2002 << 112) | (packed << 80)))
    assert not is_public(IPv6Address((0x20010000 << 96) | (packed ^ 0xFFFFFFFF)))


def test_only_the_listed_ports_are_reached_on_public_addresses() -> None:
    assert REACH.covers(ip_address("8.8.8.8"), 443)
    assert not REACH.covers(ip_address("8.8.8.8"), 25)


def test_an_allowed_range_is_reached_on_every_port_and_an_allowed_port_alone() -> None:
    assert REACH.covers(ip_address("10.1.2.3"), 25)
    assert not REACH.covers(ip_address("10.2.2.3"), 80)
    assert REACH.covers(ip_address("127.0.0.1"), 8008)
    assert not REACH.covers(ip_address("127.0.0.1"), 80)
    assert REACH.covers(ip_address("fd00::1"), 8080)


def test_allowing_an_ipv4_address_does_not_allow_its_ipv6_dress() -> None:
    assert not REACH.covers(ip_address("::ffff:127.0.0.1"), 8008)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "10.0.0.1:0",
        "10.0.0.1:70000",
        "10.0.0.1/8",
        "[::1]:x",
        "::1:",
        "10.0.0.1:",
        "[::1]:",
    ],
)
def test_an_entry_that_is_no_range_is_refused(text: str) -> None:
    assert parse_allowed(text) is None


@given(st.text(max_size=40))
def test_no_text_crashes_the_parser_of_ranges(text: str) -> None:
    parsed = parse_allowed(text)
    assert parsed is None or parsed.port is None or 0 < parsed.port < 65536


def test_a_port_that_does_not_exist_is_told_with_the_other_mistakes(tmp_path: Path) -> None:
    """It was taken in silence, and nothing was ever reached by it."""
    path = tmp_path / "config.yaml"
    path.write_text("egress: {ports: [443, 70000]}\n")
    problems = load(Schema([EgressConfig]), path, {}).problems
    assert [(problem.path, problem.phrase.values["wanted"]) for problem in problems] == [
        ("egress.ports", "a list of ports from 1 to 65535")
    ]
