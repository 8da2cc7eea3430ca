"""How a task is started, killed and finished: by `audience label` or by `audience serve`."""

import json
import subprocess
import time
import uuid
from abc import ABC, abstractmethod
from http.client import HTTPException
from typing import ClassVar

from audience_bench.api import free_port
from audience_bench.engines import RANGE, TABLE
from audience_bench.measure import BenchError
from audience_bench.rules import GROUPS
from audience_bench.setting import Setting

from .http import call

# Many commits, so that many moments differ.
SLICES = {
    "AUDIENCE__LABELLING__ROWS_PER_SLICE": "500",
    "AUDIENCE__LABELLING__BATCHES_PER_STEP": "4",
}
PATIENCE_S = 120
POLL_S = 0.01


class Run(ABC):
    """Tasks of one kind, one after another."""

    name: ClassVar[str]
    output: ClassVar[str] = "crash"

    def __init__(self, setting: Setting, source: str) -> None:
        self.setting = setting
        self.source = source
        self.task = ""
        self.running: subprocess.Popen[bytes]

    @abstractmethod
    def begin(self, output: str) -> None:
        """A new task, into an output that holds nothing."""

    @abstractmethod
    def start_and_kill(self, delay: float) -> bool:
        """Starts the program and kills it some time later; `True`: the task was through before."""

    @abstractmethod
    def finish(self) -> None:
        """Starts the program, if need be, and lets it go on until the task is through."""

    @abstractmethod
    def start_it(self) -> None:
        """Starts the program and leaves it running."""

    @abstractmethod
    def is_through_before(self, until: float) -> bool:
        """Waits until the task is through, or until then."""

    def end(self) -> None:
        """Ends the program that was left running."""
        self.kill(self.running)

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.setting.work / "program.log").open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env=self.setting.environment | SLICES,
            )  # fmt: skip

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


class Label(Run):
    name = "label"

    def begin(self, output: str) -> None:
        self.task = uuid.uuid4().hex
        self.command = [
            *self.setting.product(
                self.source, output, "author", range_=RANGE, rules=self.setting.rules()
            ),
            "--task-id",
            self.task,
        ]

    def start_and_kill(self, delay: float) -> bool:
        process = self.spawn(self.command)
        try:
            code = process.wait(delay)
        except subprocess.TimeoutExpired:
            self.kill(process)
            return False
        if code:
            raise BenchError(f"`label` ended with {code}; see program.log")
        return True

    def start_it(self) -> None:
        self.running = self.spawn(self.command)

    def is_through_before(self, until: float) -> bool:
        try:
            code = self.running.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        if code:
            raise BenchError(f"`label` ended with {code}; see program.log")
        return True

    def finish(self) -> None:
        if self.spawn(self.command).wait(PATIENCE_S):
            raise BenchError("`label` failed; see program.log")


class Serve(Run):
    name = "serve"

    def begin(self, output: str) -> None:
        self.task = ""
        self.key = uuid.uuid4().hex
        directory = self.setting.work / "settings_serve"
        directory.mkdir(exist_ok=True)
        settings = {
            "database": {"url": output},
            "sources": {"corpus": {"url": self.source, "tables": {TABLE: {}}}},
            "outputs": {"result": {"url": output}},
            "labelling": {
                "default_source": "corpus", "default_table": TABLE, "default_output": "result",
                "rule_sets": {"crash": str(self.setting.rules())}, "groups": GROUPS,
            },
            "log": {"level": "warn"},
        }  # fmt: skip
        (directory / "default.yaml").write_text(json.dumps(settings), encoding="utf-8")
        self.directory = directory

    def start(self) -> subprocess.Popen[bytes]:
        self.port = free_port()
        return self.spawn(
            [str(self.setting.binary), "serve", "--settings", str(self.directory),
             "--bind", f"127.0.0.1:{self.port}"]
        )  # fmt: skip

    def start_it(self) -> None:
        self.running = self.start()

    def start_and_kill(self, delay: float) -> bool:
        process = self.start()
        try:
            return self.is_through_before(time.monotonic() + delay)
        finally:
            self.kill(process)

    def finish(self) -> None:
        process = self.start()
        try:
            if not self.is_through_before(time.monotonic() + PATIENCE_S):
                raise BenchError(f"task {self.task} is stuck; see program.log")
        finally:
            self.kill(process)

    def is_through_before(self, until: float) -> bool:
        """Submits the task unless that is known to have been done, and waits for its end."""
        while time.monotonic() < until:
            try:
                if not self.task:
                    self.submit()
                state = str(call(self.port, "GET", f"/v1/jobs/{self.task}")["state"])
            except (OSError, HTTPException):
                state = "not up yet"
            if state in ("failed", "cancelled"):
                raise BenchError(f"task {self.task} {state}; see program.log")
            if state == "succeeded":
                return True
            time.sleep(max(0.0, min(POLL_S, until - time.monotonic())))
        return False

    def submit(self) -> None:
        _, start, _, end = RANGE
        body = {"labelling": {
            "predict_type": "author_name", "rule_set": "crash", "start_time": start,
            "end_time": end,
        }}  # fmt: skip
        answer = call(self.port, "POST", "/v1/jobs", body, {"Idempotency-Key": self.key})
        self.task = str(answer["id"])
