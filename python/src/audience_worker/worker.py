"""`run`: does the tasks of a service until it is asked to stop."""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .errors import WorkerError
from .leases import run_leases
from .performing import Work
from .settings import Settings
from .stopping import Stop

log = logging.getLogger("audience_worker")


def run(
    work: Work,
    *,
    service: str | None = None,
    server: str | None = None,
    kafka: str | None = None,
    topic: str | None = None,
    group: str | None = None,
    reply_topic: str | None = None,
    concurrency: int | None = None,
    heartbeat_s: float | None = None,
    lease_s: float | None = None,
    grace_s: float | None = None,
    log_level: str | None = None,
    token: str | None = None,
    kafka_username: str | None = None,
    kafka_password: str | None = None,
    kafka_options: Mapping[str, Any] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Does the tasks of `service` by calling `work(task)` for each, until SIGTERM or SIGINT.

    `work` returns the result, a dict (a JSON object). What it raises fails the attempt, with the
    text of the exception as the message.

    With `kafka` (brokers, `HOST:PORT`) tasks come from the topic of the service, and reports go to
    `reply_topic` or, without it, to `server`. Without `kafka` tasks are fetched from `server`.
    What is not given is taken from the environment: `AUDIENCE_WORKER_SERVICE` and so on, the token
    from `AUTH_TOKEN`.

    At a stop the present tasks are completed and no others begun; those that are not complete
    `grace_s` seconds later, or at a second signal, are handed back. `stop` is an event that asks
    for it as a signal does; signals are listened to in the main thread only.

    What it does is logged as `audience_worker`, a line for its start, each task, whatever is tried
    again, and its stop: to standard error, from `log_level` up, unless the program that calls this
    has set up a log of its own.

    Raises `WorkerError` if a setting is wrong or the server refuses the worker.
    """
    if not callable(work) or inspect.iscoroutinefunction(work):
        raise WorkerError("work: expected an ordinary function, such as `def work(task): ...`")
    settings = Settings.of(
        service=service, server=server, kafka=kafka, topic=topic, group=group,
        reply_topic=reply_topic, concurrency=concurrency, heartbeat_s=heartbeat_s, lease_s=lease_s,
        grace_s=grace_s, log_level=log_level, token=token, kafka_username=kafka_username,
        kafka_password=kafka_password, kafka_options=kafka_options,
    )  # fmt: skip
    log_to_stderr(settings.log_level)
    asked = Stop(settings.grace_s, stop)
    with asked.on_signals():
        log.info("the worker of %s starts: %s", settings.service, place_of_tasks(settings))
        if settings.kafka:
            # Only then its client has to be installed.
            from .kafka import run_consumer

            run_consumer(work, settings, asked)
        else:
            run_leases(work, settings, asked)
        log.info("the worker of %s has stopped", settings.service)
    if asked.error:
        raise asked.error


def log_to_stderr(level: str) -> None:
    """Unless somebody listens already."""
    if log.hasHandlers():
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    is_off = level == "off"
    log.setLevel(logging.CRITICAL + 1 if is_off else logging.getLevelName(level.upper()))


def place_of_tasks(settings: Settings) -> str:
    """Without what may be secret in a URL."""
    if settings.kafka:
        return settings.kafka
    url = urlsplit(settings.server)
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.hostname}{port}"
