"""A task as the work function gets it, and the message that it comes in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from .errors import TaskCancelled


class Task:
    """One task. The work function reads `condition`, and may report its progress."""

    def __init__(
        self, message: Any, attempt: int | None = None, traceparent: str | None = None
    ) -> None:
        """Of a message; raises `ValueError` if it is not one."""
        task = message.get("Task") if isinstance(message, dict) else None
        if not isinstance(task, dict):
            raise ValueError("expected an object with a member `Task`")
        if not isinstance(task.get("task_id"), str):
            raise ValueError("Task.task_id: expected a string")
        # Half of a character could not be sent back.
        task["task_id"].encode()
        if not isinstance(task.get("condition"), dict):
            raise ValueError("Task.condition: expected an object")
        named = message.get("attempt")
        named = attempt if named is None else named
        if named is not None and (not isinstance(named, int) or isinstance(named, bool)):
            raise ValueError("attempt: expected a whole number")
        self.task_id: str = task["task_id"]
        self.service: str = str(task.get("service") or "")
        self.source_name: str = str(task.get("source_name") or "")
        #: What is asked for.
        self.condition: dict[str, Any] = task["condition"]
        #: From 1; goes up with each retry. `None`: the server does not say.
        self.attempt: int | None = named
        #: For traces: the W3C header of the message.
        self.traceparent = traceparent
        #: Why the result is not wanted any more.
        self.cancel_reason: str | None = None
        self._lock = threading.Lock()
        self._progress: dict[str, Any] = {}
        self._on_progress: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"<Task {self.task_id}, attempt {self.attempt}>"

    @property
    def cancelled(self) -> bool:
        """The result is not wanted any more: a caller has cancelled the task, or the task has been
        taken away because the worker was not heard for too long. Over Kafka with a reply topic
        nobody says so, and it stays false."""
        return self.cancel_reason is not None

    def raise_if_cancelled(self) -> None:
        """Raises `TaskCancelled` in that case, which ends the work without a report."""
        if self.cancel_reason is not None:
            raise TaskCancelled(self.cancel_reason)

    def progress(self, fraction: float | None = None, message: str | None = None) -> None:
        """Reports how much is done, from 0 to 1, and what is being done, for people. Costs nothing:
        at most one report a second is sent, and the newest counts."""
        news: dict[str, Any] = {}
        if fraction is not None:
            if not 0 <= fraction <= 1:
                raise ValueError(f"expected a fraction from 0 to 1, found {fraction}")
            news["progress"] = float(fraction)
        if message is not None:
            news["message"] = text(message)
        with self._lock:
            self._progress.update(news)
        self._on_progress()

    def take_news(self) -> dict[str, Any]:
        """What was said since the last report."""
        with self._lock:
            news, self._progress = self._progress, {}
        return news

    def put_back(self, news: dict[str, Any]) -> None:
        """What could not be sent, unless there is something newer."""
        with self._lock:
            self._progress = {**news, **self._progress}

    def cancel(self, reason: str) -> None:
        self.cancel_reason = reason


def read(payload: bytes | None, headers: list[Any]) -> Task:
    """The task of a message of the topic; raises `ValueError` if it is not one."""
    found = {name: value for name, value in headers if isinstance(value, bytes)}
    digits = found.get("attempt", b"").decode("ascii", "replace")
    attempt = int(digits) if digits.isascii() and digits.isdecimal() else None
    traceparent = (
        found["traceparent"].decode("ascii", "replace") if "traceparent" in found else None
    )
    return Task(json.loads(payload or b""), attempt, traceparent)


def text(words: object) -> str:
    """What can be sent: no halves of characters."""
    return str(words).encode("utf-8", "replace").decode("utf-8")
