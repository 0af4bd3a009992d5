# SPDX-License-Identifier: EUPL-1.2
"""Api: Open311 and REST for machines."""
