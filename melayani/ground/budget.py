# SPDX-License-Identifier: EUPL-1.2
"""How often something may be tried under a name, in memory that all web workers of one machine share.

Counts live in cells of memory that was there before the workers forked. No file and no table holds them, no name stands
in them, and the secret that leads from a name to its cells is made anew with each start: afterwards nobody can tell who
tried what. Two names can meet in a cell; each name has two, and the emptier one counts. Two workers may write a cell at
once and lose a count. Both errors are small, and only worth it where a limit is generous (docs/decisions/0015).
"""

import hashlib
import math
import mmap
import secrets
from datetime import datetime

CELLS = 1 << 14
# No request takes longer from its beginning to its count.
OVERLAP_SECONDS = 60.0
_budgets: list["Budget"] = []


class Budget:
    """`burst` tries at once, then one more each `every` seconds.

    A cell holds the moment at which everything that was tried under it is worked off, as seconds since 1970; what is
    left until then is the debt of the name.
    """

    def __init__(self, *, burst: int, every: float, cells: int = CELLS) -> None:
        """Nothing was tried yet. To be made when the program is loaded, before workers fork."""
        self.burst, self.every = burst, every
        self._secret = secrets.token_bytes(32)
        self._memory = mmap.mmap(-1, cells * 8)
        self._cells = memoryview(self._memory).cast("d")
        _budgets.append(self)

    def wait(self, *name: str, at: datetime, burst: int = 0) -> int:
        """In how many seconds the next try under this name fits; 0 = now. `burst` allows less than usual."""
        most = (burst or self.burst) * self.every
        return max(0, math.ceil(self._debt(name, at.timestamp()) + self.every - most))

    def spend(self, *name: str, at: datetime) -> None:
        """One try under this name counts."""
        moment = at.timestamp()
        worked_off = moment + min(self._debt(name, moment) + self.every, self._most())
        for cell in self._cells_of(name):
            if self._cells[cell] > moment + self._most() + OVERLAP_SECONDS:
                self._cells[cell] = moment
            self._cells[cell] = max(self._cells[cell], worked_off)

    def forget(self) -> None:
        """Nothing was tried."""
        self._memory[:] = bytes(len(self._memory))

    def _debt(self, name: tuple[str, ...], moment: float) -> float:
        """Seconds until all tries are worked off.

        A little more than there can be comes from a request that began before others and counts after them; much more
        from a clock that was set back.
        """
        debts = (self._cells[cell] - moment for cell in self._cells_of(name))
        return min(min(debt, self._most()) if 0 < debt <= self._most() + OVERLAP_SECONDS else 0.0 for debt in debts)

    def _most(self) -> float:
        """The highest debt: a name that is over its budget does not sink deeper by trying on."""
        return self.burst * self.every

    def _cells_of(self, name: tuple[str, ...]) -> tuple[int, int]:
        text = "\x1f".join(name).encode(errors="surrogatepass")
        mark = hashlib.blake2b(text, key=self._secret, digest_size=16).digest()
        many = len(self._cells)
        return int.from_bytes(mark[:8], "big") % many, int.from_bytes(mark[8:], "big") % many


def forget_budgets() -> None:
    """All budgets of this process and those that share their memory are as at the start."""
    for budget in _budgets:
        budget.forget()
