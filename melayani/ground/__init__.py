# SPDX-License-Identifier: EUPL-1.2
"""Pure helpers named by what they hold. Nothing here knows Django, the clock of the machine or a database."""
