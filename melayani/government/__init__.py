# SPDX-License-Identifier: EUPL-1.2
"""Government: tiers, units, places, officers and the calendar."""
