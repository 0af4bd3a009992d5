# SPDX-License-Identifier: EUPL-1.2
"""Ledger: entries, readers and keys: what every act leaves behind, for ever."""
