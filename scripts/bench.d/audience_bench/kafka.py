"""Apache Kafka for the bench, and the programs that stand for its workers."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from .measure import BenchError, Server
from .setting import Setting, exported, say

CLIENT = ("confluent-kafka", "2.16.1")
MODULE = f"{__package__}.kafka_client"
PATIENCE_S = 120


@dataclass
class Seen:
    """Messages that arrived, or were sent: when each was seen first, and how often."""

    at: dict[str, float]
    times: Counter[tuple[str, str | None]]

    @classmethod
    def read(cls, text: str) -> "Seen":
        at: dict[str, float] = {}
        times: Counter[tuple[str, str | None]] = Counter()
        for key, attempt, moment in json.loads(text):
            at.setdefault(key, moment)
            times[key, attempt] += 1
        return cls(at, times)

    def duplicates(self) -> int:
        """Messages that came again with the same attempt."""
        return self.times.total() - len(self.times)


class Listener:
    """A program that notes what arrives on a topic."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log = process, log

    def line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise BenchError(f"a consumer ended: {self.log.read_text()[-1000:]}")
        return line

    def seen(self) -> Seen:
        """When everything has come that was expected, or nothing comes any more."""
        return Seen.read(self.line())


@dataclass
class Broker:
    """A running broker, with an installed client."""

    servers: str
    process: Server
    packages: Path
    logs: Path
    # What `scripts/servers` is called with.
    script: str
    home: Path
    profile: str

    def command(self, what: str, *arguments: object) -> list[str]:
        return [sys.executable, "-m", MODULE, what, self.servers, *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        ours = Path(__file__).resolve().parent.parent
        return os.environ | {"PYTHONPATH": f"{ours}{os.pathsep}{self.packages}"}

    def run(self, what: str, *arguments: object) -> str:
        done = subprocess.run(
            self.command(what, *arguments), env=self.environment, capture_output=True,
            encoding="utf-8", timeout=PATIENCE_S,
        )  # fmt: skip
        if done.returncode:
            raise BenchError(f"{what}: {done.stderr.strip()[-1000:]}")
        return done.stdout

    def control(self, command: str) -> None:
        """`stop`, `kill` or `freeze` it, and `start` or `thaw` it again."""
        profile = [self.profile] if command == "start" else []
        done = [self.script, command, str(self.home), *profile, "kafka"]
        subprocess.run(done, check=True, stdout=subprocess.DEVNULL)

    def make(self, *topics: str) -> None:
        self.run("topics", *topics)

    @contextmanager
    def running(self, what: str, topic: str, *arguments: object) -> Iterator[Listener]:
        """`listen` or `work`, from when it has its topic."""
        log = self.logs / f"{what}.log"
        with (
            log.open("w") as file,
            subprocess.Popen(
                self.command(what, topic, *arguments), env=self.environment,
                stdout=subprocess.PIPE, stderr=file, encoding="utf-8",
            ) as process,
        ):  # fmt: skip
            try:
                listener = Listener(process, log)
                listener.line()  # "ready"
                yield listener
            finally:
                process.kill()


@contextmanager
def broker(setting: Setting, profile: str = "bench") -> Iterator[Broker]:
    """With data of its own, which are gone afterwards."""
    packages = installed_client(setting)
    script, home = str(setting.repository / "scripts/servers"), setting.work / "broker"
    # A run that was killed has left its own.
    subprocess.run([script, "remove", str(home)], check=True)
    say("starting Kafka")
    try:
        started = subprocess.run(
            [script, "start", str(home), profile, "kafka"], check=True,
            stdout=subprocess.PIPE, encoding="utf-8",
        ).stdout  # fmt: skip
        variables = exported(started)
        at = Path(variables["AUDIENCE_TEST_SERVERS"])
        process = Server(int((at / "kafka.pid").read_text()))
        servers = variables["AUDIENCE_TEST_KAFKA"]
        yield Broker(servers, process, packages, setting.work, script, home, profile)
    finally:
        subprocess.run([script, "remove", str(home)], check=False)


def installed_client(setting: Setting) -> Path:
    """The directory of the client's packages, where `scripts/servers` has them, too."""
    package, version = CLIENT
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "audience"
    packages = cache / f"{package}-{version}-{python}"
    if packages.is_dir():
        return packages
    if not find_spec("ensurepip"):
        install = [setting.repository / "scripts/install", "/usr/lib/python3*/ensurepip"]
        subprocess.run([*install, "python3-venv"], check=True)
    say(f"installing {package}")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as unfinished:
        # The environment is there for its pip only.
        venv, target = Path(unfinished) / "venv", Path(unfinished) / "packages"
        subprocess.run([sys.executable, "-m", "venv", venv], check=True, stdout=sys.stderr)
        command = [
            venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--only-binary", ":all:", "--target", target, f"{package}=={version}",
        ]  # fmt: skip
        subprocess.run(command, check=True, stdout=sys.stderr)
        target.rename(packages)
    return packages
