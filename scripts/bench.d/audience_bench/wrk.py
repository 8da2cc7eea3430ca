"""Load on the server from `wrk`: Python would be slower than what it measures."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .measure import Server, run
from .setting import Setting

SCRIPT = Path(__file__).with_name("load.lua")
# One thread sends some ten thousand calls a second; the cores belong to what is measured.
THREADS = 1
LONGEST_S = 600
TIMEOUT_S = 20


@dataclass
class Load:
    """What a run of wrk found."""

    calls: int
    seconds: float
    p50_ms: float
    p99_ms: float
    wrk_cpu_s: float
    product_cpu_s: float

    @property
    def calls_per_s(self) -> float:
        return self.calls / self.seconds


def install(setting: Setting) -> None:
    subprocess.run([setting.repository / "scripts/install", "wrk", "wrk"], check=True)


def load(
    url: str,
    calls: int,
    clients: int,
    product: Server,
    *,
    bodies: Sequence[str] = (),
    expected: str = "",
    refused: str = "",
) -> Load:
    """Calls by so many clients that stay connected: POST with these bodies in turn, GET without.

    An answer that is not a 2xx with `expected` in it, or with `refused`, ends the bench.
    """
    with tempfile.NamedTemporaryFile("w", prefix="audience-bench-", encoding="utf-8") as file:
        file.writelines(f"{body}\n" for body in bodies)
        file.flush()
        measured = run(
            [
                "wrk", f"-t{THREADS}", f"-c{clients}", f"-d{LONGEST_S}s",
                "--timeout", f"{TIMEOUT_S}s", "-s", str(SCRIPT), url,
                "--", str(calls), expected, refused, *([file.name] if bodies else []),
            ],
            server=product,
        )  # fmt: skip
    found = json.loads(measured.output.splitlines()[-1])
    return Load(**found, wrk_cpu_s=measured.client_cpu_s, product_cpu_s=measured.server_cpu_s)
