# SPDX-License-Identifier: EUPL-1.2
"""REST for machines, to read what is public: cases, services, places, units. Described by /api/v1/openapi.json."""
