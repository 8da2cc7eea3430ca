"""Settings from arguments and from the environment."""

import unittest
from unittest.mock import patch

from audience_worker import WorkerError, run
from audience_worker.settings import Settings

SERVER = "http://127.0.0.1:8080"


class SettingsTest(unittest.TestCase):
    def test_an_argument_takes_precedence_over_its_variable(self) -> None:
        variables = {
            "AUDIENCE_WORKER_SERVICE": "aaa",
            "AUDIENCE_WORKER_SERVER": SERVER,
            "AUDIENCE_WORKER_CONCURRENCY": "3",
            "AUDIENCE_WORKER_GRACE_S": "",
            "AUTH_TOKEN": "secret",
        }
        with patch.dict("os.environ", variables, clear=True):
            settings = Settings.of(service="bbb", server=None)
        self.assertEqual((settings.service, settings.server), ("bbb", SERVER))
        self.assertEqual((settings.concurrency, settings.grace_s), (3, None))
        self.assertEqual(settings.token, "secret")
        self.assertNotIn("secret", repr(settings))

    def test_what_does_not_fit_is_named(self) -> None:
        kafka = {"service": "a", "kafka": "127.0.0.1:9092"}
        for found, arguments in {
            "service: is missing": {"server": SERVER},
            "expected server (for HTTP) or kafka": {"service": "a"},
            "expected reply_topic or server": kafka,
            "reply_topic: needs kafka": {"service": "a", "server": SERVER, "reply_topic": "r"},
            "server: expected http://HOST:PORT": {"service": "a", "server": "127.0.0.1:8080"},
            "concurrency: expected at least 1": {"concurrency": 0},
            "concurrency: expected a number, found 'x'": {"concurrency": "x"},
            "grace_s: expected at least 0": {"grace_s": float("nan")},
            "heartbeat_s: expected less than lease_s": {
                "service": "a",
                "server": SERVER,
                "lease_s": 5,
            },
        }.items():
            with self.subTest(found), patch.dict("os.environ", {}, clear=True):
                with self.assertRaises(WorkerError) as raised:
                    Settings.of(**arguments)
                self.assertIn(found, str(raised.exception))

    def test_a_work_function_is_an_ordinary_one(self) -> None:
        async def work(task: object) -> dict:
            return {}

        for odd in (work, None):
            with self.assertRaises(WorkerError):
                run(odd, service="a", server=SERVER)  # type: ignore[arg-type]


if __name__ == "__main__":
    unittest.main()
