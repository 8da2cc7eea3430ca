"""A worker without Kafka: worker_http.py --api URL --service NAME, the token in AUTH_TOKEN."""

import argparse
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor, wait
from urllib.request import Request, urlopen


def work(condition):  # put yours here; what it raises becomes the message of the failed task
    if "fail" in condition:
        raise ValueError(condition["fail"])
    return {"echo": condition}


def do(work, condition, tell):
    """Works on a task, telling now and then that it still runs, and in the end how it went."""
    job = pool.submit(work, condition)
    while wait([job], timeout=10).not_done:
        tell()
    try:
        tell(status="finished", result=job.result())
    except Exception as error:
        tell(status="failed", message=str(error) or repr(error))


def post(url, body):
    """Answers None if the task is somebody else's by now. A server that is away is waited for."""
    headers = {"Content-Type": "application/json", "Authorization": os.getenv("AUTH_TOKEN", "")}
    while True:
        try:
            return json.load(urlopen(Request(url, json.dumps(body).encode(), headers), timeout=60))
        except OSError as error:
            if (status := getattr(error, "code", 503)) in (404, 409):
                return None
            if status < 500:
                raise
        time.sleep(1)


pool, stopping = ThreadPoolExecutor(1), []  # after a signal the task in hand is the last
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: stopping.append(True))
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("--api", "--service"):
        parser.add_argument(name, required=True)
    args = parser.parse_args()
    path = f"{args.api}/v1/dispatch/{args.service}/"

    def tell(**end):
        mine = {"task_id": task["task_id"], "lease": task["lease"]}
        return post(path + ("complete" if end else "heartbeat"), mine | end)

    while not stopping:
        for task in post(path + "lease", {"wait_s": 5})["tasks"]:
            if tell():  # it has arrived; else it is somebody else's by now
                do(work, task["message"]["Task"]["condition"], tell)
