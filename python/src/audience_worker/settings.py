"""The settings of a worker: arguments, then variables of the environment, then defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from .errors import WorkerError

PREFIX = "AUDIENCE_WORKER_"

# Of what is written to standard error.
LOG_LEVELS = ("debug", "info", "warning", "error", "off")

# The server's own names, where a variable has one.
OTHER_NAMES = {"token": "AUTH_TOKEN"}


def setting(default: Any, help: str, least: float | None = None) -> Any:
    return field(default=default, metadata={"help": help, "least": least})


def secret(help: str) -> Any:
    """Neither an option, whose value others would see, nor in any log."""
    return field(default="", repr=False, metadata={"help": help, "is_secret": True})


@dataclass(frozen=True)
class Settings:
    """Each has a variable: `AUDIENCE_WORKER_SERVICE` for `service`, and so on."""

    service: str = setting("", "the service whose tasks to do")
    server: str = setting("", "URL of the server, such as http://127.0.0.1:8080")
    kafka: str = setting("", "addresses of the brokers, HOST:PORT[,HOST:PORT...]")
    topic: str = setting("", "topic of the service [default: mq_SERVICE]")
    group: str = setting("", "consumer group of its workers [default: c_SERVICE]")
    reply_topic: str = setting("", "report on this topic instead of over HTTP")
    concurrency: int = setting(1, "tasks at once, each in a thread [default: 1]", 1)
    # A third of a lease that a proxy or a slow server may take up.
    heartbeat_s: float = setting(10.0, "seconds between two signs of life [default: 10]", 0.1)
    lease_s: float = setting(
        60.0, "over HTTP: a worker that is silent for so long has lost its task [default: 60]", 1
    )
    grace_s: float | None = setting(
        None, "seconds that tasks get to end after a stop [default: as long as they take]", 0
    )
    log_level: str = setting(
        "info", "what is written to stderr: debug, info, warning, error, off [default: info]"
    )
    token: str = secret("token of the server's API")
    kafka_username: str = setting("", "user at the broker: SASL/PLAIN over TLS")
    kafka_password: str = secret("its password")
    kafka_options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, **arguments: Any) -> Settings:
        """Of arguments, the environment and defaults; raises `WorkerError` if they do not fit."""
        values = {}
        for one in fields(cls):
            name, value = one.name, arguments.pop(one.name, None)
            variable = OTHER_NAMES.get(name, PREFIX + name.upper())
            if value is None and name != "kafka_options":
                value = os.environ.get(variable) or None
            if value is not None:
                values[name] = converted(one.name, value, one.metadata.get("least"))
        if arguments:
            raise WorkerError(f"unknown settings: {', '.join(sorted(arguments))}")
        settings = cls(**values)
        settings.check()
        return settings

    def check(self) -> None:
        if not self.service:
            raise WorkerError("service: is missing")
        if not self.server and not self.kafka:
            raise WorkerError("expected server (for HTTP) or kafka, and found neither")
        if self.kafka and not self.server and not self.reply_topic:
            raise WorkerError("with kafka, expected reply_topic or server, where reports go")
        if self.log_level not in LOG_LEVELS:
            known = ", ".join(LOG_LEVELS)
            raise WorkerError(f"log_level: expected one of {known}, found {self.log_level!r}")
        if self.reply_topic and not self.kafka:
            raise WorkerError("reply_topic: needs kafka")
        url = urlsplit(self.server)
        if self.server and (url.scheme not in ("http", "https") or not url.hostname):
            raise WorkerError(f"server: expected http://HOST:PORT, found {self.server!r}")
        if not self.kafka and self.heartbeat_s >= self.lease_s:
            raise WorkerError("heartbeat_s: expected less than lease_s")


def converted(name: str, value: Any, least: float | None) -> Any:
    """A number where one belongs; texts come from the environment and the command line."""
    if least is None:
        return value
    kind = int if name == "concurrency" else float
    try:
        number = kind(value)
    except (TypeError, ValueError):
        raise WorkerError(f"{name}: expected a number, found {value!r}") from None
    if not number >= least:
        raise WorkerError(f"{name}: expected at least {least:g}, found {value}")
    return number
