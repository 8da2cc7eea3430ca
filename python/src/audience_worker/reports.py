"""Reports about tasks that came over Kafka: on the reply topic, or over HTTP."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from .client import TOO_LARGE, Client
from .errors import Refused
from .performing import log_refused
from .settings import Settings
from .stopping import Stop, pauses, start_threads
from .task import Task

log = logging.getLogger("audience_worker")

ALIVE_TIMEOUT_S = 10.0

# Tasks whose last report is on its way; a worker that is killed leaves them to be done again.
REPORTS_UNDELIVERED_MAX = 100

HTTP_SENDERS = 8


def about(task: Task, report: dict[str, Any]) -> dict[str, Any]:
    attempt = {} if task.attempt is None else {"attempt": task.attempt}
    return {"task_id": task.task_id, **attempt, **report}


class Places:
    """Not too many last reports are on their way at once."""

    def __init__(self, stop: Stop) -> None:
        self.stop, self.places = stop, threading.BoundedSemaphore(REPORTS_UNDELIVERED_MAX)

    def wait_for_one(self) -> None:
        while not self.places.acquire(timeout=0.1):
            self.stop.pause(0, has_task=True)

    def free(self) -> None:
        self.places.release()


class HttpSenders:
    """Threads that send last reports, so that the next task does not wait for the server to store
    them; it stores those of many together."""

    def __init__(self, settings: Settings, stop: Stop) -> None:
        self.settings, self.stop = settings, stop
        self.jobs: SimpleQueue[Callable[[Client], None]] = SimpleQueue()
        start_threads(HTTP_SENDERS, self.run, stop)

    def run(self) -> None:
        client = Client(self.settings.server, self.settings.token)
        while True:
            self.jobs.get()(client)


class HttpReports:
    """Reports about one task, over HTTP. `done` is called when the last one was answered."""

    def __init__(
        self, task: Task, client: Client, senders: HttpSenders, done: Callable[[], None]
    ) -> None:
        self.task, self.client, self.senders, self.done = task, client, senders, done

    def begin(self) -> None:
        try:
            self.report(self.client, {"status": "running"})
        except Refused:
            self.done()
            raise

    def alive(self, news: dict[str, Any]) -> None:
        report = about(self.task, {"status": "running", **news})
        self.client.call("/api/update_status_task", {"data": report}, ALIVE_TIMEOUT_S)

    def end(self, report: dict[str, Any] | None) -> None:
        if report is None:
            self.done()
        else:
            self.senders.jobs.put(lambda client: self.send(client, report))

    def send(self, client: Client, report: dict[str, Any]) -> None:
        try:
            self.report(client, report)
        except Refused as refused:
            if refused.status == TOO_LARGE and report["status"] == "finished":
                message = f"the result is too large: {refused}"
                return self.send(client, {"status": "failed", "message": message})
            log_refused(self.task, report, refused)
        self.done()

    def report(self, client: Client, report: dict[str, Any]) -> None:
        body = {"data": about(self.task, report)}
        client.call_until_answered("/api/update_status_task", body, self.senders.stop)


class ReplyTopic:
    """Sends reports of all tasks on the reply topic, those of each task in order."""

    def __init__(self, topic: str, options: dict[str, Any], stop: Stop) -> None:
        self.topic = topic
        # A broker that is away is waited for. One request at a time keeps the order.
        own = {"message.timeout.ms": 0, "max.in.flight.requests.per.connection": 1, "linger.ms": 1}
        self.producer = Producer({**options, **own})
        self.lock = threading.Lock()
        self.later: list[tuple[float, Callable[[], None]]] = []
        start_threads(1, self.poll, stop)

    def poll(self) -> None:
        """Learns what was delivered, and sends again what was not."""
        while True:
            self.producer.poll(0.1)
            now = time.monotonic()
            with self.lock:
                due = [send for at, send in self.later if at <= now]
                self.later = [one for one in self.later if one[0] > now]
            for send in due:
                send()

    def send_later(self, after_s: float, send: Callable[[], None]) -> None:
        with self.lock:
            self.later.append((time.monotonic() + after_s, send))

    def send(
        self, task: Task, report: dict[str, Any], then: Callable[[KafkaError | None], None]
    ) -> None:
        trace = task.traceparent
        headers: list[tuple[str, str | bytes | None]]
        headers = [] if trace is None else [("traceparent", trace.encode())]
        payload = json.dumps(about(task, report), ensure_ascii=False).encode()
        try:
            self.producer.produce(
                self.topic, payload, task.task_id, headers=headers,
                on_delivery=lambda error, _: then(error),
            )  # fmt: skip
        except (BufferError, KafkaException) as error:
            cause = error.args[0] if error.args else None
            then(cause if isinstance(cause, KafkaError) else KafkaError(KafkaError._QUEUE_FULL))


class TopicReports:
    """Reports about one task, on the reply topic. The next task does not wait until they have
    arrived; `done` is called when the last one has."""

    def __init__(self, task: Task, replies: ReplyTopic, done: Callable[[], None]) -> None:
        self.task, self.replies, self.done = task, replies, done
        self.pauses = pauses()

    def begin(self) -> None:
        self.alive({})

    def alive(self, news: dict[str, Any]) -> None:
        self.replies.send(self.task, {"status": "running", **news}, self.log_error)

    def log_error(self, error: KafkaError | None) -> None:
        if error:
            log.warning("%s: a sign of life did not arrive: %s", self.task.task_id, error)

    def end(self, report: dict[str, Any] | None) -> None:
        if report is None:
            self.done()
        else:
            self.send(report)

    def send(self, report: dict[str, Any]) -> None:
        def delivered(error: KafkaError | None) -> None:
            if error is None:
                self.done()
            elif error.code() == KafkaError.MSG_SIZE_TOO_LARGE and report["status"] == "finished":
                message = "the result is too large for the reply topic"
                self.send({"status": "failed", "message": message})
            else:
                name = self.task.task_id
                log.warning("%s: a report did not arrive: %s; it is tried again", name, error)
                self.replies.send_later(next(self.pauses), lambda: self.send(report))

        self.replies.send(self.task, report, delivered)
