"""Runs commands and measures them: time, processor time, memory."""

import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Something that makes figures worthless; the message is for people."""


@dataclass
class Measured:
    """One run of a command, or the sum of several one after another."""

    wall_s: float = 0.0
    client_cpu_s: float = 0.0
    server_cpu_s: float = 0.0
    peak_rss_mib: float = 0.0
    output: str = ""

    def __add__(self, other: "Measured") -> "Measured":
        return Measured(
            self.wall_s + other.wall_s,
            self.client_cpu_s + other.client_cpu_s,
            self.server_cpu_s + other.server_cpu_s,
            max(self.peak_rss_mib, other.peak_rss_mib),
        )


@dataclass
class Server:
    """A running server, by the number of its first process."""

    pid: int

    def cpu_s(self) -> float:
        """Of it and its children, ended ones included."""
        ticks = 0
        for pid in (self.pid, *children(self.pid)):
            try:
                fields = stat_fields(pid)
            except OSError:
                continue  # it ended; its parent has its time
            ticks += sum(map(int, fields[11:15]))
        return ticks / TICKS_PER_SECOND


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def run(
    command: Sequence[str],
    *,
    server: Server | None = None,
    stdin: str | None = None,
    discard: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Measured:
    """Runs a command to its end under /usr/bin/time; one that fails ends the bench.

    /usr/bin/time forks from a small process. Measured from here, the peak of the memory could be
    that of Python, which the child is until it becomes the command.
    """
    with tempfile.NamedTemporaryFile("r", prefix="audience-bench-") as report:
        timed = ["/usr/bin/time", "-q", "-f", "%U %S %M", "-o", report.name, *command]
        before = server.cpu_s() if server else 0.0
        began = time.perf_counter()
        done = subprocess.run(
            timed,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.DEVNULL if discard else subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        wall = time.perf_counter() - began
        server_cpu = server.cpu_s() - before if server else 0.0
        if done.returncode:
            raise BenchError(
                f"exit code {done.returncode}: {shlex.join(command)[:400]}\n"
                f"{done.stderr.strip()[-2000:]}"
            )
        user, system, peak_kib = report.read().split()
    return Measured(
        wall, float(user) + float(system), server_cpu, int(peak_kib) / 1024, done.stdout or ""
    )


def settle() -> None:
    """Lets what was written before reach the disk, so that nobody else pays for it."""
    os.sync()
