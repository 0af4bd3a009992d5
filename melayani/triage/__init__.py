# SPDX-License-Identifier: EUPL-1.2
"""Triage: text and place to the unit that must act, with the reason."""
