"""Tasks over HTTP: each is leased, kept by heartbeats, and ended with its lease."""

from __future__ import annotations

import logging
import time
from typing import Any

from .client import TOO_LARGE, Client
from .errors import Refused, WorkerError
from .performing import Work, perform
from .settings import Settings
from .stopping import LOOK_EVERY_S, Stop, pauses, start_threads
from .task import Task, text

log = logging.getLogger("audience_worker")

# A call for a task waits this long at the server.
WAIT_S = 20

# A task whose hand-out did not arrive is handed out again after so long: until the first heartbeat
# the lease is this short.
FIRST_LEASE_S = 10

# A sign of life that takes longer is overtaken by the next.
ALIVE_TIMEOUT_S = 10.0


def run_leases(work: Work, settings: Settings, stop: Stop) -> None:
    """Works until it is asked to stop."""
    slots = [Slot(work, settings, stop) for _ in range(settings.concurrency)]
    numbers = iter(slots)
    threads = start_threads(len(slots), lambda: next(numbers).run(), stop)
    while any(thread.is_alive() for thread in threads) and not stop.is_grace_over:
        time.sleep(LOOK_EVERY_S)
        if stop.is_requested:
            for slot in slots:
                slot.leave()
    for slot in slots:
        slot.hand_back()


class Slot:
    """One task at a time."""

    def __init__(self, work: Work, settings: Settings, stop: Stop) -> None:
        self.work, self.settings, self.stop = work, settings, stop
        self.client = Client(settings.server, settings.token)
        self.held: Lease | None = None
        # The first answer shows whether the settings are right.
        self.was_admitted = False

    def run(self) -> None:
        while not self.stop.is_requested:
            leased = self.lease()
            if leased is None:
                continue
            lease = Lease(leased, self.client, self.settings, self.stop)
            try:
                task = Task(leased.get("message"), leased.get("attempt"))
            except ValueError as error:
                lease.refuse(f"the worker cannot read the task: {error}")
                continue
            self.held = lease
            perform(self.work, task, lease, self.settings.heartbeat_s)
            self.held = None

    def lease(self) -> dict[str, Any] | None:
        """A task; `None`: there was none for a while, or none is taken any more."""
        asked = {"max": 1, "wait_s": WAIT_S, "lease_s": FIRST_LEASE_S}
        path = f"/v1/dispatch/{self.settings.service}/lease"
        for pause in pauses():
            try:
                tasks = self.client.call(path, asked, WAIT_S + ALIVE_TIMEOUT_S)["tasks"]
                self.was_admitted = True
                # One that arrives after the stop is left: it is handed out again.
                return tasks[0] if tasks and not self.stop.is_requested else None
            except Refused as refused:
                if not self.was_admitted:
                    raise WorkerError(f"{self.settings.server}{path}: {refused}") from refused
                problem: Exception = refused
            except OSError as error:
                problem = error
            if self.stop.is_requested:
                return None
            log.warning("no task can be fetched: %s", problem)
            self.stop.pause(pause, has_task=False)
        return None

    def leave(self) -> None:
        """Ends the call for a task, if one is waiting."""
        if self.held is None:
            self.client.interrupt()

    def hand_back(self) -> None:
        if self.held:
            self.held.hand_back()


class Lease:
    """The reports about a leased task."""

    def __init__(
        self, leased: dict[str, Any], client: Client, settings: Settings, stop: Stop
    ) -> None:
        self.path = f"/v1/dispatch/{settings.service}"
        self.ours = {"task_id": leased["task_id"], "lease": leased["lease"]}
        self.attempt = {"attempt": leased["attempt"]} if "attempt" in leased else {}
        self.client, self.settings, self.stop = client, settings, stop
        self.is_handed_back = False

    def heartbeat(self, news: dict[str, Any]) -> dict[str, Any]:
        return {**self.ours, "lease_s": int(self.settings.lease_s), **news}

    def begin(self) -> None:
        self.client.call_until_answered(f"{self.path}/heartbeat", self.heartbeat({}), self.stop)

    def alive(self, news: dict[str, Any]) -> None:
        if self.is_handed_back:
            return
        self.client.call(f"{self.path}/heartbeat", self.heartbeat(news), ALIVE_TIMEOUT_S)

    def end(self, report: dict[str, Any] | None) -> None:
        if report is None:
            return
        try:
            self.complete(report)
        except Refused as refused:
            if refused.status != TOO_LARGE or report["status"] != "finished":
                raise
            self.complete({"status": "failed", "message": f"the result is too large: {refused}"})

    def refuse(self, reason: str) -> None:
        log.error("%s: %s", self.ours["task_id"], reason)
        try:
            self.complete({"status": "failed", "message": text(reason)})
        except Refused as refused:
            log.warning("%s: that was refused: %s", self.ours["task_id"], refused)

    def complete(self, report: dict[str, Any]) -> None:
        report = {**self.ours, **self.attempt, **report}
        self.client.call_until_answered(f"{self.path}/complete", report, self.stop)

    def hand_back(self) -> None:
        """Lets the lease lapse at once, so that another worker gets the next attempt."""
        self.is_handed_back = True
        # The other one may be waiting for an answer.
        client = Client(self.settings.server, self.settings.token)
        try:
            client.call(f"{self.path}/heartbeat", {**self.ours, "lease_s": 1}, 2.0)
        except (OSError, Refused) as error:
            log.warning("%s is not handed back: %s", self.ours["task_id"], error)
