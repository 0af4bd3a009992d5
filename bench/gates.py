# SPDX-License-Identifier: EUPL-1.2
"""The gates of PERF for the paths measured so far, and the limit each is compared with.

The absolute figures were set on one machine; elsewhere the ratio to the bare limit of the same run decides.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    """At least `per_second`, or at least `ratio` of the limit; never more statements than `sql`."""

    per_second: int
    limit: str
    ratio: float
    sql: int


GATES: dict[tuple[str, str], Gate] = {
    ("sqlite", "create"): Gate(per_second=600, limit="insert", ratio=0.50, sql=3),
    ("postgres", "create"): Gate(per_second=700, limit="insert", ratio=0.35, sql=3),
    ("sqlite", "public_case"): Gate(per_second=2500, limit="read", ratio=0.75, sql=2),
    ("postgres", "public_case"): Gate(per_second=1700, limit="read", ratio=0.75, sql=2),
    # No gate of the design: what a page costs that nobody has asked for yet.
    ("sqlite", "public_case_first"): Gate(per_second=0, limit="read", ratio=0.0, sql=3),
    ("postgres", "public_case_first"): Gate(per_second=0, limit="read", ratio=0.0, sql=3),
    ("sqlite", "staff_list"): Gate(per_second=500, limit="json", ratio=0.31, sql=4),
    ("postgres", "staff_list"): Gate(per_second=500, limit="json", ratio=0.31, sql=4),
    ("sqlite", "staff_case"): Gate(per_second=300, limit="template", ratio=0.55, sql=6),
    ("postgres", "staff_case"): Gate(per_second=300, limit="template", ratio=0.55, sql=6),
}
