# SPDX-License-Identifier: EUPL-1.2
"""A short memory for reference data that every request needs and that changes a few times a day.

Each process forgets by itself after some seconds, so an administrator's change is everywhere soon; `forget_all` is
called by the actions that change reference data and by tests.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
# So many answers of one function are kept before outdated ones are looked for.
MANY = 64
_memories: list[dict[object, tuple[float, object, object]]] = []


def remembered(
    *, seconds: float, while_same: Callable[[], object] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The decorated function answers from memory for `seconds`; its arguments must be hashable.

    For what is costly to read and kept long: `while_same` answers a mark, itself remembered for seconds only, and as
    soon as the mark is another one the memory is read anew.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        memory: dict[object, tuple[float, object, object]] = {}
        _memories.append(memory)

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (args, tuple(sorted(kwargs.items())))
            kept = memory.get(key)
            mark = while_same() if while_same else None
            moment = time.monotonic()
            if kept is not None and moment - kept[0] < seconds and kept[2] == mark:
                return kept[1]  # type: ignore[return-value]  # the memory holds what this function answered
            result = function(*args, **kwargs)
            if len(memory) >= MANY:
                # A key may hold a moment or a filter: what nobody asks for again would stay for ever.
                for old in [k for k, entry in list(memory.items()) if moment - entry[0] >= seconds]:
                    memory.pop(old, None)
            memory[key] = (moment, result, mark)
            return result

        return answer

    return decorate


def forget_all() -> None:
    """Every memory of this process is empty; the next call reads anew."""
    for memory in _memories:
        memory.clear()
