# SPDX-License-Identifier: EUPL-1.2
"""Portal: the citizens' pages."""
