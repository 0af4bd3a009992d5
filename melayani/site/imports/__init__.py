# SPDX-License-Identifier: EUPL-1.2
"""Bringing in what others have kept: old cases, units, places. Every row is checked; a report names each bad one."""
