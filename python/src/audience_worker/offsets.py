"""How far the messages of each partition have been dealt with."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable


class Offsets:
    """Tasks may end in any order; what is committed is the first message that is not done."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.taken: dict[int, deque[int]] = {}
        self.finished: dict[int, set[int]] = {}
        self.changed: dict[int, int] = {}
        # Also those of partitions that were taken away meanwhile.
        self.in_work: set[tuple[int, int]] = set()

    def take(self, partition: int, offset: int) -> bool:
        """A message has come. Whether it is to be worked on: it may have come before."""
        with self.lock:
            self.taken.setdefault(partition, deque()).append(offset)
            if (partition, offset) in self.in_work:
                return False
            self.in_work.add((partition, offset))
            return True

    def done(self, partition: int, offset: int) -> None:
        """The last report about it has arrived, or it needs none."""
        with self.lock:
            self.in_work.discard((partition, offset))
            waiting = self.taken.get(partition)
            if waiting is None or offset not in waiting:
                return
            finished = self.finished.setdefault(partition, set())
            finished.add(offset)
            while waiting and waiting[0] in finished:
                first = waiting.popleft()
                finished.discard(first)
                self.changed[partition] = first + 1

    def dropped(self, partition: int, offset: int) -> None:
        """It was not begun, and comes again."""
        with self.lock:
            self.in_work.discard((partition, offset))

    def to_commit(self) -> dict[int, int]:
        """The next message of each partition in which something has changed since the last look."""
        with self.lock:
            changed, self.changed = self.changed, {}
            return changed

    def lose(self, partitions: Iterable[int]) -> None:
        """Others have them from now on."""
        with self.lock:
            for partition in partitions:
                self.taken.pop(partition, None)
                self.finished.pop(partition, None)
                self.changed.pop(partition, None)

    @property
    def are_done(self) -> bool:
        """Nothing is being worked on, and no report is on its way."""
        with self.lock:
            return not self.in_work
