"""The command line: `audience-worker MODULE:FUNCTION --service NAME --server URL`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from .errors import WorkerError
from .performing import Work
from .settings import PREFIX, Settings
from .worker import run


def main(arguments: Sequence[str] | None = None) -> int:
    given = vars(parser().parse_args(arguments))
    try:
        given["kafka_options"] = dict(map(option, given["kafka_options"]))
        run(function(given.pop("work")), **given)
    except WorkerError as error:
        # Also where the log is off.
        print(f"audience-worker: {error}", file=sys.stderr)
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="audience-worker",
        description="Does the tasks of an Audience service by calling a function for each.",
        epilog="Each option has a variable, too: AUDIENCE_WORKER_SERVICE and so on. Secrets have"
        f" nothing else: AUTH_TOKEN for the API, {PREFIX}KAFKA_PASSWORD for the broker.",
    )
    parser.add_argument("work", metavar="WORK", help="MODULE:FUNCTION, or path/to/file.py:FUNCTION")
    for one in fields(Settings):
        if "is_secret" in one.metadata or "help" not in one.metadata:
            continue
        name = "--" + one.name.replace("_", "-")
        parser.add_argument(
            name, metavar=metavar(one.name), help=one.metadata["help"].replace("%", "%%")
        )
    parser.add_argument(
        "--kafka-option", metavar="KEY=VALUE", action="append", default=[], dest="kafka_options",
        help="a setting of librdkafka, such as security.protocol=SASL_PLAINTEXT; may be repeated",
    )  # fmt: skip
    return parser


def metavar(name: str) -> str:
    kinds = {"server": "URL", "kafka": "HOST:PORT", "concurrency": "N", "log_level": "LEVEL"}
    return kinds.get(name, "SECONDS" if name.endswith("_s") else "NAME")


def option(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise WorkerError(f"--kafka-option: expected KEY=VALUE, found {text!r}")
    return key, value


def function(name: str) -> Work:
    """The work function that is meant; without a name behind the colon it is `work`."""
    place, _, member = name.partition(":")
    if place.endswith(".py"):
        path = Path(place).resolve()
        if not path.is_file():
            raise WorkerError(f"{place}: there is no such file")
        # So that it finds its neighbours.
        sys.path.insert(0, str(path.parent))
        place = path.stem
    else:
        sys.path.insert(0, "")
    try:
        found = getattr(importlib.import_module(place), member or "work", None)
    except ModuleNotFoundError as error:
        raise WorkerError(f"{name}: {error}") from error
    if not callable(found):
        raise WorkerError(f"{name}: there is no function `{member or 'work'}`")
    return found  # type: ignore[no-any-return]
