"""What this package raises."""


class WorkerError(Exception):
    """The worker cannot work at all: a setting is wrong, or the server refuses it."""


class TaskCancelled(Exception):
    """The result of the task is not wanted any more; see `Task.raise_if_cancelled`."""


class Refused(Exception):
    """The server has refused a call, and would do so again."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


class HandedBack(Exception):
    """The worker has to leave now, and a task or a report is not complete."""
