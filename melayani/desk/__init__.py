# SPDX-License-Identifier: EUPL-1.2
"""Desk: the officers' pages."""
