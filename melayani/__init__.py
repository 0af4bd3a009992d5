# SPDX-License-Identifier: EUPL-1.2
"""Melayani: a public service you can hold to its word."""

__version__ = "0.1.0"
