"""Servers that are started again and again: when one answers."""

import subprocess
import time

from audience_bench.api import is_ready
from audience_bench.measure import BenchError


def wait_until_ready(process: subprocess.Popen[bytes], port: int, patience_s: float) -> None:
    began = time.monotonic()
    while not is_ready(port):
        if process.poll() is not None or time.monotonic() - began > patience_s:
            raise BenchError("the server does not get ready; see program.log")
        time.sleep(0.01)
