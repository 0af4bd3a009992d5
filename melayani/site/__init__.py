# SPDX-License-Identifier: EUPL-1.2
"""The whole house put together: settings, addresses, server, commands, demo. Nothing imports from here."""
