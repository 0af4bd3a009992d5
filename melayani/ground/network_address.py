# SPDX-License-Identifier: EUPL-1.2
"""Where a request comes from, as far as a limit needs to know."""

import ipaddress


def network_of(address: str) -> str:
    """The address as written, of IPv6 the part that one connection has; empty when it is none."""
    found = _read(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found or "")


def is_this_machine(address: str) -> bool:
    """Whether it says nothing about who it is: it is none, or of this machine.

    Behind a proxy of this machine that was not declared as trusted, everybody has the same one.
    """
    found = _read(address)
    return found is None or found.is_loopback


def _read(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
