# SPDX-License-Identifier: EUPL-1.2
"""How a language writes numbers and reads dates, where Django's own choice does not fit or is missing."""
