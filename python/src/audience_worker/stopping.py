"""When the worker has to stop: no further tasks, and after the grace no waiting for the present."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import uniform

from .errors import HandedBack

log = logging.getLogger("audience_worker")

PAUSE_FIRST_S = 0.2
PAUSE_LONGEST_S = 5.0

# How soon a stop is noticed by what waits.
LOOK_EVERY_S = 0.1


class Stop:
    """SIGTERM, SIGINT or an event of the caller asks for it; a second signal ends the grace."""

    def __init__(self, grace_s: float | None, event: threading.Event | None = None) -> None:
        self.grace_s = grace_s
        self.event = event or threading.Event()
        self.error: BaseException | None = None
        # A number and no event: a signal may come while this thread holds the lock of the event.
        self.signals = 0
        self.since: float | None = None

    @property
    def is_requested(self) -> bool:
        if self.since is None and (self.signals or self.error or self.event.is_set()):
            self.since = time.monotonic()
        return self.since is not None

    @property
    def is_grace_over(self) -> bool:
        """Whether tasks that are not complete are handed back now."""
        if self.signals > 1 or self.error:
            return True
        if not self.is_requested or self.grace_s is None or self.since is None:
            return False
        return time.monotonic() >= self.since + self.grace_s

    def fail(self, error: BaseException) -> None:
        """Stops all threads, because of an error that `run` raises in the end."""
        self.error = self.error or error

    def pause(self, seconds: float, has_task: bool) -> None:
        """Waits; raises `HandedBack` if the grace ends meanwhile or, without a task, at a stop."""
        until = time.monotonic() + seconds
        while True:
            if self.is_grace_over or (self.is_requested and not has_task):
                raise HandedBack
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, LOOK_EVERY_S))

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Listens to signals, if this is the thread that gets them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def count(*_: object) -> None:
            self.signals += 1

        numbers = (signal.SIGTERM, signal.SIGINT)
        before = [signal.signal(number, count) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before):
                signal.signal(number, handler)


def pauses() -> Iterator[float]:
    """Between attempts at what fails again and again: longer and longer, and not all at once."""
    pause = PAUSE_FIRST_S
    while True:
        yield uniform(pause / 2, pause)
        pause = min(2 * pause, PAUSE_LONGEST_S)


def start_threads(count: int, body: Callable[[], None], stop: Stop) -> list[threading.Thread]:
    """Threads that do not keep the process alive; an error in one of them stops the worker."""

    def guarded() -> None:
        try:
            body()
        except HandedBack:
            pass
        except BaseException as error:
            stop.fail(error)

    names = [f"audience_worker {no}" for no in range(count)]
    threads = [threading.Thread(target=guarded, name=name, daemon=True) for name in names]
    for thread in threads:
        thread.start()
    return threads
