# SPDX-License-Identifier: EUPL-1.2
"""Cases: the life of a case, as events."""
