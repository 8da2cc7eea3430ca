"""The systems whose tasks are run: how one is submitted, and what has to happen until it ends."""

import http.client
import json
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from audience_bench.api import Service
from audience_bench.engines import RANGE, TABLE, Sqlite
from audience_bench.measure import BenchError
from audience_bench.setting import Setting

# A small task.
ROWS = 200


class System(ABC):
    """Tasks of one system, in the server that has its settings."""

    name: ClassVar[str]

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    @abstractmethod
    def settings(self) -> dict[str, object]:
        """Besides those of the databases."""

    @abstractmethod
    def submit(self, connection: http.client.HTTPConnection, no: int) -> None: ...

    def begin(self, service: Service) -> None:
        """Starts what tasks need besides the server."""

    def end(self) -> None:
        """Stops it."""


class Labelling(System):
    name = "labelling"

    def settings(self) -> dict[str, object]:
        engine = Sqlite(self.setting.work)
        corpus = engine.source_url(self.setting.loaded(engine, ROWS))
        rules = self.setting.repository / "examples/sample/rules/interests.yaml"
        return {
            "sources": {"corpus": {"url": corpus, "tables": {TABLE: {}}}},
            "labelling": {
                "default_source": "corpus", "default_table": TABLE,
                "rule_sets": {"soak": str(rules)},
            },
        }  # fmt: skip

    def submit(self, connection: http.client.HTTPConnection, no: int) -> None:
        _, start, _, end = RANGE
        body = {"rule_set": "soak", "predict_type": "content", "start_time": start,
                "end_time": end}  # fmt: skip
        post(connection, "/v1/jobs", {"labelling": body})


class Dispatch(System):
    """A worker of our own leases the tasks over HTTP and ends them at once."""

    name = "dispatch"
    service = "soak"
    leased_at_once = 20

    def settings(self) -> dict[str, object]:
        # The topic is never used: without a broker workers fetch their tasks.
        service = {"source_name": "soak", "topic_name": "soak", "consumer_id": "soak"}
        return {"service": [self.service], "source_db": {self.service: service}}

    def submit(self, connection: http.client.HTTPConnection, no: int) -> None:
        data = {"service": self.service, "condition": {"keywords": ["coffee", f"brand {no}"]}}
        answer = post(connection, "/api/create_task", {"data": data})
        if answer.get("result") != "ok":
            raise BenchError(f"create_task answered {answer}")

    def begin(self, service: Service) -> None:
        self.over = threading.Event()
        self.worker = threading.Thread(target=self.work, args=[service], daemon=True)
        self.worker.start()

    def end(self) -> None:
        self.over.set()
        self.worker.join()

    def work(self, service: Service) -> None:
        connection, path = service.connect(), f"/v1/dispatch/{self.service}/"
        while not self.over.is_set():
            wanted = {"max": self.leased_at_once, "wait_s": 1}
            leased = post(connection, path + "lease", wanted)["tasks"]
            assert isinstance(leased, list)
            for task in leased:
                end = {"task_id": task["task_id"], "lease": task["lease"],
                       "status": "finished", "result": {"echo": True}}  # fmt: skip
                post(connection, path + "complete", end)
        connection.close()


SYSTEMS: dict[str, type[System]] = {system.name: system for system in (Labelling, Dispatch)}


def post(
    connection: http.client.HTTPConnection, path: str, body: dict[str, object]
) -> dict[str, object]:
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status >= 400:
        raise BenchError(f"{path} answered {response.status}: {answer}")
    return dict(answer)


def write_settings(
    directory: Path, system: System, engine: Path, output: Path, changes: dict[str, object]
) -> None:
    settings: dict[str, object] = {
        "database": {"url": f"sqlite://{engine}"},
        "outputs": {"audience_result": {"url": f"sqlite://{output}"}},
        "log": {"level": "info"},
    } | system.settings()
    for key, value in changes.items():
        section = settings
        *path, last = key.split(".")
        for name in path:
            section = section.setdefault(name, {})  # type: ignore[assignment]
        section[last] = value
    directory.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    (directory / "default.yaml").write_text(json.dumps(settings), encoding="utf-8")
