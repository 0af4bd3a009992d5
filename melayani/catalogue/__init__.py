# SPDX-License-Identifier: EUPL-1.2
"""Catalogue: services, service standards, topics, promises and programmes."""
