# SPDX-License-Identifier: EUPL-1.2
"""The log as files for machines: checkpoint, tiles, bundles, keys, proofs. Formats: docs/ledger.md."""
