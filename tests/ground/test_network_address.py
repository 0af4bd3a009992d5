# SPDX-License-Identifier: EUPL-1.2
"""Of a long address only what one connection has counts; an address of this machine says nothing."""

import pytest

from melayani.ground.network_address import is_this_machine, network_of


@pytest.mark.parametrize(
    ("address", "network", "here"),
    [
        ("10.1.2.3", "10.1.2.3", False),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", False),
        ("::ffff:10.1.2.3", "10.1.2.3", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::/64", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("unix:", "", True),
        ("", "", True),
        ("10.1.2.3\x00", "", True),
    ],
)
def test_addresses(address: str, network: str, here: bool) -> None:
    assert (network_of(address), is_this_machine(address)) == (network, here)
