"""Tasks over Kafka: the main thread reads the topic, others work.

What was fetched is kept until it is worked on, for a partition that is paused forgets it; it is
paused only when much is kept. So the main thread polls all the time, and the group never waits for
a task. Commits are asynchronous, and a message is committed when the last report about it arrived.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import Any

from .client import Client
from .errors import WorkerError
from .offsets import Offsets
from .performing import Channel, Work, perform
from .settings import Settings
from .stopping import Stop, start_threads
from .task import Task, read

try:
    from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
except ModuleNotFoundError as error:
    raise WorkerError("Kafka needs its client: pip install 'audience-worker[kafka]'") from error

from .reports import HttpReports, HttpSenders, Places, ReplyTopic, TopicReports

log = logging.getLogger("audience_worker")

# Messages that are kept: no more are fetched from there on, and again from there down.
KEPT_MAX = 500
KEPT_LOW = 250
KEPT_BYTES_MAX = 16 << 20

# A commit costs the broker a write.
COMMIT_EVERY_S = 0.5

# Leaving: for the last commit, and for the broker's answer. The group learns of a worker that did
# not wait for it when its session has ended.
LAST_COMMIT_S = 1.5
CLOSE_S = 2.0

# The same kind of problem is logged again after so long.
SAME_PROBLEM_S = 30.0


def client_options(settings: Settings) -> dict[str, Any]:
    """For all clients of the broker."""
    options: dict[str, Any] = {
        "bootstrap.servers": settings.kafka,
        "client.id": f"audience_worker_{settings.service}",
        # A topic, or a broker, may come later.
        "topic.metadata.refresh.interval.ms": 5000,
        "reconnect.backoff.max.ms": 1000,
        # Its errors come to this program, too, and are logged here.
        "log_level": 0,
    }
    if settings.kafka_username:
        options |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": settings.kafka_username,
            "sasl.password": settings.kafka_password,
        }
    return {**options, **settings.kafka_options}


def consumer_options(settings: Settings) -> dict[str, Any]:
    return {
        "group.id": settings.group or f"c_{settings.service}",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "cooperative-sticky",
        # A worker that was killed is missed after so long. The shortest that brokers allow by
        # default; the client's own thread sends the heartbeats, whatever the work function does.
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 1000,
        # No more is fetched than is soon worked on, and without a pause of a second once there is
        # room again.
        "queued.min.messages": KEPT_LOW,
        "queued.max.messages.kbytes": 4096,
        "fetch.queue.backoff.ms": 20,
        "fetch.wait.max.ms": 100,
        **client_options(settings),
    }


def run_consumer(work: Work, settings: Settings, stop: Stop) -> None:
    """Works until it is asked to stop."""
    try:
        worker = KafkaWorker(work, settings, stop)
    except KafkaException as error:
        raise WorkerError(f"kafka: {error.args[0]}") from error
    worker.run()


class KafkaWorker:
    def __init__(self, work: Work, settings: Settings, stop: Stop) -> None:
        self.work, self.settings, self.stop = work, settings, stop
        self.topic = settings.topic or f"mq_{settings.service}"
        self.offsets = Offsets()
        self.kept: deque[tuple[int, int, int, Task]] = deque()
        self.kept_bytes = 0
        self.something_kept = threading.Condition()
        self.is_paused = False
        self.logged_at: dict[int, float] = {}
        self.committed_at = 0.0
        self.commits_pending = 0
        self.places = Places(stop)
        self.replies: ReplyTopic | None = None
        self.senders: HttpSenders | None = None
        if settings.reply_topic:
            self.replies = ReplyTopic(settings.reply_topic, client_options(settings), stop)
        else:
            self.senders = HttpSenders(settings, stop)
        self.consumer = Consumer(
            {
                **consumer_options(settings),
                "on_commit": self.on_commit,
                "error_cb": self.log_problem,
            }
        )

    # --- the main thread ----------------------------------------------------------------------

    def run(self) -> None:
        self.consumer.subscribe([self.topic], on_revoke=self.on_revoke, on_lost=self.on_revoke)
        threads = start_threads(self.settings.concurrency, self.run_slot, self.stop)
        while not self.stop.is_requested:
            message = self.consumer.poll(0.1)
            if message is not None:
                self.receive(message)
            self.pause_or_resume()
            self.commit(COMMIT_EVERY_S)
        self.forget_kept()
        # The group is not kept waiting while the last tasks are worked on.
        while not self.is_over(threads):
            self.consumer.poll(0.05)
            self.pause_or_resume()
            self.commit(COMMIT_EVERY_S)
        self.leave()

    def receive(self, message: Message) -> None:
        if error := message.error():
            if error.code() != KafkaError._PARTITION_EOF:
                self.log_problem(error)
            return
        partition, offset, payload = message.partition(), message.offset(), message.value()
        if partition is None or offset is None or not self.offsets.take(partition, offset):
            return
        try:
            task = read(payload, list(message.headers() or ()))
        except (ValueError, RecursionError) as error:
            place = f"message {offset} of partition {partition} of {self.topic}"
            log.error("%s is skipped: it is no task: %s", place, error)
            self.offsets.done(partition, offset)
            return
        with self.something_kept:
            size = len(payload or b"")
            self.kept.append((partition, offset, size, task))
            self.kept_bytes += size
            self.something_kept.notify()

    def pause_or_resume(self) -> None:
        """Once more, if partitions that were assigned since have brought much more."""
        kept, size = len(self.kept), self.kept_bytes
        is_full = kept >= KEPT_MAX or size >= KEPT_BYTES_MAX
        is_low = kept <= KEPT_LOW and size <= KEPT_BYTES_MAX // 2
        if is_full or self.stop.is_requested:
            if not self.is_paused or kept > 2 * KEPT_MAX:
                self.consumer.pause(self.consumer.assignment())
                self.is_paused = True
        elif is_low and self.is_paused:
            self.consumer.resume(self.consumer.assignment())
            self.is_paused = False

    def forget_kept(self, partitions: set[int] | None = None) -> None:
        """What was not begun is for others."""
        with self.something_kept:
            kept, self.kept = self.kept, deque()
            for one in kept:
                partition, offset, size, _ = one
                if partitions is None or partition in partitions:
                    self.offsets.dropped(partition, offset)
                    self.kept_bytes -= size
                else:
                    self.kept.append(one)

    def on_revoke(self, _: Consumer, revoked: list[TopicPartition]) -> None:
        partitions = {one.partition for one in revoked}
        self.forget_kept(partitions)
        self.commit(0)
        self.offsets.lose(partitions)

    def commit(self, every_s: float) -> None:
        now = time.monotonic()
        if now < self.committed_at + every_s:
            return
        self.committed_at = now
        offsets = self.offsets.to_commit().items()
        places = [TopicPartition(self.topic, partition, offset) for partition, offset in offsets]
        if not places:
            return
        try:
            self.consumer.commit(offsets=places, asynchronous=True)
            self.commits_pending += 1
        except KafkaException as error:
            log.warning("a commit failed; its tasks may come again: %s", error)

    def on_commit(self, error: KafkaError | None, _: list[TopicPartition]) -> None:
        self.commits_pending -= 1
        if error:
            log.warning("a commit failed; its tasks may come again: %s", error)

    def log_problem(self, error: KafkaError) -> None:
        if error.fatal():
            self.stop.fail(KafkaException(error))
        now, code = time.monotonic(), error.code()
        if now >= self.logged_at.get(code, -SAME_PROBLEM_S) + SAME_PROBLEM_S:
            log.warning("Kafka: %s", error.str())
            self.logged_at[code] = now

    def is_over(self, threads: list[threading.Thread]) -> bool:
        if self.stop.is_grace_over:
            return True
        return self.offsets.are_done and not any(thread.is_alive() for thread in threads)

    def leave(self) -> None:
        self.commit(0)
        until = time.monotonic() + LAST_COMMIT_S
        while self.commits_pending > 0 and time.monotonic() < until:
            self.consumer.poll(0.02)
        # While the group waits for another worker, the broker answers nothing.
        closing = threading.Thread(target=self.consumer.close, daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    # --- the threads that work ----------------------------------------------------------------

    def run_slot(self) -> None:
        """One task at a time."""
        client = Client(self.settings.server, self.settings.token)
        while True:
            self.places.wait_for_one()
            found = self.next()
            if found is None:
                return
            partition, offset, _, task = found
            self.perform(task, client, partition, offset)

    def next(self) -> tuple[int, int, int, Task] | None:
        """A message; `None`: no more are begun."""
        with self.something_kept:
            while True:
                if self.stop.is_requested:
                    return None
                if self.kept:
                    found = self.kept.popleft()
                    self.kept_bytes -= found[2]
                    return found
                self.something_kept.wait(0.1)

    def perform(self, task: Task, client: Client, partition: int, offset: int) -> None:
        def done() -> None:
            self.places.free()
            self.offsets.done(partition, offset)

        channel: Channel
        if self.senders:
            channel = HttpReports(task, client, self.senders, done)
        elif self.replies:
            channel = TopicReports(task, self.replies, done)
        perform(self.work, task, channel, self.settings.heartbeat_s)
