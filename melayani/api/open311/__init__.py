# SPDX-License-Identifier: EUPL-1.2
"""Open311 GeoReport v2 with the request updates of FixMyStreet, as CONTRACT "Open311 GeoReport v2" promises it.

Machines are answered in Indonesian, as people are: the descriptions are meant to be shown to whoever reports.
"""
