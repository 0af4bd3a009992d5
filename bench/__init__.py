# SPDX-License-Identifier: EUPL-1.2
"""Measures our paths beside the bare limits of the machine, alternating in one run. Never a unit test."""
