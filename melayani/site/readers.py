# SPDX-License-Identifier: EUPL-1.2
"""The table of readers: which room hears of which acts. The worker moves each one forward (HOUSE "How a fact travels").

A room that cares adds one line: its name and its reaction to one ledger entry. Nothing listens yet: notices, indicators
and the other rooms that will are still to come.
"""

from collections.abc import Callable, Mapping

from melayani.ledger.models import Entry

Reaction = Callable[[Entry], None]
READERS: Mapping[str, Reaction] = {}
