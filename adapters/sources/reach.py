"""Which network addresses a redirect may lead to: public ones.

`ipaddress.is_global` alone is not enough: on Python 3.11 it is true for NAT64, 6to4 and multicast
addresses that lead back inside.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_INSIDE = tuple(
    ip_network(text)
    for text in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ]
)
"""The IPv4 blocks of IANA's special-purpose registry, and multicast."""

_OUTSIDE_V6 = ip_network("2000::/3")
"""The only block of IPv6 that is given to the public; what follows is carved out of it."""

_INSIDE_V6 = tuple(
    ip_network(text)
    for text in ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"]
)


def is_public(address: str) -> bool:
    """True for the address of a machine on the public internet, written as a socket has it."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        return _is_public_v6(parsed)
    return _is_public_v4(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in block for block in _INSIDE)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    return address in _OUTSIDE_V6 and not any(address in block for block in _INSIDE_V6)
