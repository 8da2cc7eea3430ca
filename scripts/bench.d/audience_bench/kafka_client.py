"""Programs beside the bench that speak Kafka; `kafka.py` runs them, with the client's packages.

    topics SERVERS TOPIC...           makes them
    listen SERVERS TOPIC COUNT        notes what arrives
    work SERVERS TOPIC REPLIES COUNT  does that, too, and answers `running` and `finished`
    produce SERVERS TOPIC COUNT RATE  sends so many small messages a second
    answer SERVERS REPLIES FILE STATUS...  reports these of each task that FILE names
    ledger SERVERS TOPIC REPLIES FILE  answers `finished`, too, until it is ended, whatever happens to
                                      the broker; a line of FILE is a message: its key and attempt

`listen` and `work` print `ready` once they have the topic. When COUNT different messages have come
and no more come, or when nothing comes for long, they print one line of JSON: key, attempt and
time of each. `produce` prints the same of what it sent. Times are in seconds, of the monotonic
clock, which all processes of the machine share.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic

# After the last message that was expected: one that comes twice may still be on the way.
QUIET_S = 1.0
PATIENCE_S = 60.0

Seen = list[tuple[str, str | None, float]]


def topics(servers: str, *names: str) -> None:
    admin = AdminClient({"bootstrap.servers": servers})
    made = admin.create_topics([NewTopic(name, 1, 1) for name in names])
    for future in made.values():
        future.result()


def listen(servers: str, topic: str, count: str) -> None:
    consume(servers, topic, int(count), lambda message: None)


def work(servers: str, topic: str, replies: str, count: str) -> None:
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 0})

    def answer(message: Message) -> None:
        task = json.loads(message.value())["Task"]["task_id"]
        attempt = int(attempt_of(message) or 1)
        for rest in ({"status": "running"}, {"status": "finished", "result": {"rows": 1}}):
            text = json.dumps({"task_id": task, "attempt": attempt, **rest})
            producer.produce(replies, text, key=task)
        producer.poll(0)

    consume(servers, topic, int(count), answer)
    if producer.flush(PATIENCE_S):
        sys.exit("the broker did not take all answers")


def answer(servers: str, replies: str, file: str, *statuses: str) -> None:
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 20})
    with open(file, encoding="utf-8") as tasks:
        for task in map(str.strip, tasks):
            for status in statuses:
                result = {"result": {"rows": 1}} if status == "finished" else {}
                text = json.dumps({"task_id": task, "attempt": 1, "status": status, **result})
                while True:
                    try:
                        producer.produce(replies, text, key=task)
                        break
                    except BufferError:
                        producer.poll(0.1)
                producer.poll(0)
    if producer.flush(PATIENCE_S):
        sys.exit("the broker did not take all answers")


def consume(servers: str, topic: str, count: int, then: Callable[[Message], None]) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": f"bench_{topic}",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 100,
        }
    )
    consumer.subscribe([topic], on_assign=lambda *_: print("ready", flush=True))
    seen: Seen = []
    keys: set[str] = set()
    last = time.monotonic()
    while True:
        message = consumer.poll(0.1)
        at = time.monotonic()
        if message is None:
            if at - last > (QUIET_S if len(keys) >= count else PATIENCE_S):
                break
            continue
        if error := message.error():
            raise KafkaException(error)
        last = at
        key = message.key().decode()
        keys.add(key)
        seen.append((key, attempt_of(message), at))
        then(message)
    consumer.close()
    print(json.dumps(seen))


def ledger(servers: str, topic: str, replies: str, file: str) -> None:
    broker = {"bootstrap.servers": servers, "reconnect.backoff.max.ms": 500, "log_level": 0}
    producer = Producer(broker | {"linger.ms": 0, "message.timeout.ms": 0})
    consumer = Consumer(broker | {"group.id": f"ledger_{topic}", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    with open(file, "a", encoding="utf-8") as lines:
        while True:
            message = consumer.poll(0.1)
            producer.poll(0)
            if message is None or message.error():
                continue
            task, attempt = message.key().decode(), attempt_of(message)
            print(task, attempt, file=lines, flush=True)
            for rest in ({"status": "running"}, {"status": "finished", "result": {"of": task}}):
                text = json.dumps({"task_id": task, "attempt": int(attempt or 1), **rest})
                producer.produce(replies, text, key=task)


def attempt_of(message: Message) -> str | None:
    found = dict(message.headers() or []).get("attempt")
    return found.decode() if isinstance(found, bytes) else found


def produce(servers: str, topic: str, count: str, rate: str) -> None:
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 0, "acks": "all"})
    sent: Seen = []
    began = time.monotonic()
    for no in range(int(count)):
        while (left := began + no / float(rate) - time.monotonic()) > 0:
            time.sleep(left)
        sent.append((str(no), None, time.monotonic()))
        producer.produce(topic, b"x" * 200, key=str(no))
        producer.poll(0)
    if producer.flush(PATIENCE_S):
        sys.exit("the broker did not take all messages")
    print(json.dumps(sent))


def main(what: str, *arguments: str) -> None:
    commands: Sequence[Callable[..., None]] = (topics, listen, work, answer, produce, ledger)
    {command.__name__: command for command in commands}[what](*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
