"""Performs one task: the first report, the work with signs of life beside it, the last report."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from .errors import HandedBack, Refused, TaskCancelled
from .task import Task, text

log = logging.getLogger("audience_worker")

Work = Callable[[Task], dict[str, Any]]

# Reports of progress, and signs of life that did not arrive, follow one another at this pace.
NEWS_EVERY_S = 1.0


class Channel(Protocol):
    """Where the reports about one task go. All of them raise `Refused`, or `HandedBack`."""

    def begin(self) -> None:
        """Says that the task has arrived."""

    def alive(self, news: dict[str, Any]) -> None:
        """Says once that the work continues; raises `OSError` if that did not arrive."""

    def end(self, report: dict[str, Any] | None) -> None:
        """Says how the task ended, again and again until it is known; may return before it is.
        `None`: the server knows it already."""


def perform(work: Work, task: Task, channel: Channel, heartbeat_s: float) -> None:
    """Returns when the task needs nothing more from this worker; raises `HandedBack` if it does."""
    try:
        channel.begin()
    except Refused as refused:
        log.info("%s is not done here: %s", task.task_id, refused)
        return
    attempt = "" if task.attempt is None else f", attempt {task.attempt}"
    log.info("%s begins%s", task.task_id, attempt)
    began = time.monotonic()
    with SignsOfLife(task, channel, heartbeat_s):
        report = report_of(work, task)
    if report is None:
        log.info("%s was stopped: %s", task.task_id, task.cancel_reason)
    elif report["status"] == "finished":
        log.info("%s has finished after %.1f s", task.task_id, time.monotonic() - began)
    try:
        channel.end(report)
    except Refused as refused:
        log_refused(task, report or {}, refused)


def log_refused(task: Task, report: dict[str, Any], refused: Refused) -> None:
    log.warning("%s: the report `%s` was refused: %s", task.task_id, report.get("status"), refused)


def report_of(work: Work, task: Task) -> dict[str, Any] | None:
    """Does the work, and says how it ended. `None`: it stopped because the task was cancelled."""
    try:
        return {"status": "finished", "result": checked(work(task))}
    except HandedBack:
        raise
    except TaskCancelled as error:
        if task.cancelled:
            return None
        return failure(task, error)
    # `sys.exit` in the work function, too, ends the task and not the worker.
    except BaseException as error:
        return failure(task, error)


def failure(task: Task, error: BaseException) -> dict[str, Any]:
    log.warning("%s has failed", task.task_id, exc_info=error)
    words = str(error) if isinstance(error, Exception) else ""
    return {"status": "failed", "message": text(words or repr(error))}


def checked(result: object) -> object:
    """A result that can be sent."""
    if not isinstance(result, dict):
        found = "None" if result is None else f"a {type(result).__name__}"
        raise TypeError(f"the work function returned {found}; expected a dict, a JSON object")
    try:
        json.dumps(result, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the result of the work function is not JSON: {error}") from error
    return result


class SignsOfLife:
    """Says regularly, and when there is news, that the work continues."""

    def __init__(self, task: Task, channel: Channel, every_s: float) -> None:
        self.task, self.channel, self.every_s = task, channel, every_s
        self.news, self.over = threading.Event(), threading.Event()
        # Held while one is sent, so that none arrives after the last report.
        self.sending = threading.Lock()
        task._on_progress = self.news.set

    def __enter__(self) -> None:
        threading.Thread(target=self.run, name=f"alive {self.task.task_id}", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.task._on_progress = lambda: None
        self.over.set()
        self.news.set()
        with self.sending:
            pass

    def run(self) -> None:
        while not self.over.is_set():
            self.news.wait(self.every_s)
            self.news.clear()
            with self.sending:
                if self.over.is_set() or self.task.cancelled:
                    return
                self.send()
            if self.over.wait(NEWS_EVERY_S):
                return

    def send(self) -> None:
        news = self.task.take_news()
        try:
            self.channel.alive(news)
        except Refused as refused:
            self.task.cancel(str(refused))
            log.warning("%s: the result is not wanted any more: %s", self.task.task_id, refused)
        except OSError as error:
            log.warning("%s: a sign of life did not arrive: %s", self.task.task_id, error)
            self.task.put_back(news)
            self.news.set()
