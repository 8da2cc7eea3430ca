"""Makes the corpus: a year of posts of a table `ts_page_content`, always the same by seed.

Two writing systems, authors of whom few write much, 0.5 % of rows without an author, 1 % from a
source that is in no group, 0.2 % exactly on a six-hour boundary, and everything that quoting can
get wrong: quotes, backslashes, commas, `%_`, emoji, full-width letters. About 13 % of the authors
and a third of the texts match the rules of `rules.py`.

A day is made by a random generator of its own, so days can be made by several processes and the
file is the same however many there are.
"""

import itertools
import multiprocessing
import os
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from . import words as w

COLUMNS = ("id", "s_id", "s_area_id", "author", "title", "content", "post_time")
SEED = 20211110
DAYS = 366  # of 2020
SECONDS_OF_DAY = 86_400
FIRST_DAY = date(2020, 1, 1)
FIRST_SECOND = 1_577_836_800  # the same moment, since 1970

# Where posts are made, with each one's share of the authors.
SOURCES = {
    "WH_F0045": 40, "WH_F0001": 13, "WH_F0116": 10, "WH_F0147": 9, "WH_F0157": 5, "WH_F0165": 5,
    "WH_F0002": 5, "WH_F0003": 2, "WH_F0005": 2, "WH_B0002": 2, "WH_B0003": 1, "WH_B0004": 0.5,
    "WH_F0183": 2, "WH_F0071": 1, "WH_F0127": 1, "wh_v001": 0.5, "WH_F9999": 1,
}  # fmt: skip
GROUPS = {
    "fbfans": ["WH_F0045"], "fbgroup": ["WH_F0165"], "fbkol": ["WH_F0071"], "Ptt": ["WH_F0001"],
    "Dcard": ["WH_F0116"], "Instagram": ["WH_F0157"], "Twitter": ["WH_F0127"],
    "Youtube": ["WH_F0147"], "video": ["wh_v001"], "Comment": ["WH_F0183"],
    "blog": ["WH_B0002", "WH_B0003", "WH_B0004"], "forum": ["WH_F0002", "WH_F0003", "WH_F0005"],
}  # fmt: skip

AUTHORS_PER_ROW = 0.1035
HEAVY_TAIL = 1 / (1 - 0.62)  # exponent of the share of an author by rank
NO_AUTHOR = 0.005
ON_A_BOUNDARY = 0.002
HOUR_WEIGHTS = (3, 2, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 6, 5, 5, 5, 5, 5, 6, 7, 8, 8, 7, 5)
FRAGMENTS_OF_A_TEXT = (1, 2, 3, 4, 5, 6, 9)
FRAGMENT_WEIGHTS = (8, 16, 22, 22, 16, 10, 6)
NAME_KINDS = (3.6, 3.8, 38.6, 2.2, 2.2, 17, 20.6, 12)

PUNCTUATION = ("，", "。", "！", "？", "～", "…", "，", "，", "。", " ")
TAILS = (
    "QQ", "XD", "😂", "👍", "ˊˋ", "~~", "#開箱", "#美食", "+1", "謝謝", "https://example.com/p/%d",
    "共%d元", "第%d次", "%d%%", '"%d分"', "A,B,C %d",
)  # fmt: skip


def quoted(text: str) -> str:
    """As a field of CSV."""
    if '"' in text or "," in text:
        return '"' + text.replace('"', '""') + '"'
    return text


# --- authors ----------------------------------------------------------------------------------


def author_name(rng: random.Random, kind: int) -> str:
    """The name of an author; some authors share one."""
    pick = rng.choice

    def front(words: str) -> str:
        return words[int(len(words) * rng.random() ** 2)]

    match kind:
        case 0:
            return front(w.FAMILY_NAMES) + front(w.FEMALE_FIRST) + front(w.FEMALE_SECOND)
        case 1:
            return front(w.FAMILY_NAMES) + front(w.MALE_FIRST) + front(w.MALE_SECOND)
        case 2:
            given = pick(w.EITHER_SECOND)
            if rng.random() < 0.93:
                given = pick(w.EITHER_FIRST) + given
            return front(w.FAMILY_NAMES) + given
        case 3 | 4:
            name = pick(w.LATIN_FEMALE if kind == 3 else w.LATIN_MALE).capitalize()
            family = pick(w.LATIN_FAMILY_NAMES)
            return f"{name} {family}" if rng.random() < 0.6 else f"{family} {name}"
        case 5:
            name = f"{pick(w.LATIN_EITHER).capitalize()} {pick(w.LATIN_FAMILY_NAMES)}"
            if rng.random() < 0.3:
                return name
            return f"{name} {chr(65 + rng.randrange(26))}. {pick(w.LATIN_FAMILY_NAMES)}"
        case 6:
            name = pick(w.SYLLABLES) + pick(w.SYLLABLES)
            if rng.random() < 0.6:
                name += pick(w.SYLLABLES)
            ending = str(rng.randrange(10_000)) if rng.random() < 0.8 else "_" + pick(w.SYLLABLES)
            name += ending
            return name.upper() if rng.random() > 0.9 else name
        case _:
            return nickname(rng)


def nickname(rng: random.Random) -> str:
    """A made-up name with what is hard to quote, match or fold."""
    pick = rng.choice
    adjective = pick(w.ADJECTIVES)
    name = adjective + ("的" if rng.random() < 0.4 else "") + pick(w.THINGS)
    kind = rng.random()
    made: tuple[tuple[float, Callable[[], str]], ...] = (
        (0.25, lambda: name + str(rng.randrange(1000))),
        (0.45, lambda: pick("小阿大老") + pick(w.THINGS) + pick(w.THINGS)),
        (0.50, lambda: name + "'" + pick(w.LATIN_EITHER)),
        (0.53, lambda: f'"{name}"'),
        (0.56, lambda: name + "\\" + pick(w.LATIN_EITHER)),
        (0.60, lambda: name + "🐱"),
        (0.63, lambda: pick(w.LATIN_EITHER) + ", " + pick(w.THINGS)),
        (0.66, lambda: name + "ＡＢＣ" + str(rng.randrange(100))),
        (0.70, lambda: adjective + pick(w.FEMALE_WORDS + w.MALE_WORDS)),
        (0.72, lambda: "%_" + name),
    )
    return next((make() for share, make in made if kind < share), name)


# --- texts ------------------------------------------------------------------------------------


def fragment(rng: random.Random) -> str:
    """A sentence, in one of eight forms."""
    pick = rng.choice
    form = rng.randrange(8)
    when, where, who, does = pick(w.WHEN), pick(w.PLACES), pick(w.PEOPLE), pick(w.VERBS)
    what, feels, asks = pick(w.OBJECTS), pick(w.FEELINGS), pick(w.QUESTIONS)
    sentence = (
        f"{when}在{where}{does}{what}{feels}",
        f"{who}{when}{does}{what}",
        f"{what}跟{pick(w.OBJECTS)}{asks}",
        f"{where}的{what}{feels}",
        f"聽{who}說{where}可以{does}{what}",
        f"{when}{who}問我{what}{asks}",
        f"如果{who}沒有{does}{what}就不會{feels}",
        f"{when}{feels}但是{who}還是{does}{what}",
    )[form]
    if rng.random() < 0.12:
        tail = pick(TAILS)
        sentence += tail % rng.randrange(3000) if "%d" in tail else tail
    return sentence + pick(PUNCTUATION)


# --- rows -------------------------------------------------------------------------------------


class Corpus:
    """What all days share: who writes, and the sentences."""

    def __init__(self, rows: int, seed: int = SEED) -> None:
        rng = random.Random(seed)
        self.rows, self.seed = rows, seed
        self.authors = max(1, int(rows * AUTHORS_PER_ROW))
        kinds = rng.choices(range(8), NAME_KINDS, k=self.authors)
        self.names = [quoted(author_name(rng, kind)) for kind in kinds]
        self.sources = rng.choices(list(SOURCES), list(SOURCES.values()), k=self.authors)
        self.fragments = [fragment(rng) for _ in range(40_000)]
        self.titles = [fragment(rng).rstrip("，。！？～… ")[:12] for _ in range(8_000)]
        # Row numbers are spread over the authors by a permutation: each writes at least once.
        self.stride = next(
            n for n in itertools.count(int(rows * 0.618) | 1) if coprime(n, max(rows, 2))
        )

    def rows_of_day(self, day: int) -> range:
        return range(self.rows * day // DAYS, self.rows * (day + 1) // DAYS)

    def author_of(self, row: int, rng: random.Random) -> int:
        place = row * self.stride % self.rows
        if place < self.authors:
            return place
        return int(self.authors * rng.random() ** HEAVY_TAIL)

    def day(self, day: int) -> str:
        """The lines of a day, in the order of time."""
        numbers = self.rows_of_day(day)
        rng = random.Random(self.seed * 1000 + day)
        hours = rng.choices(range(24), HOUR_WEIGHTS, k=len(numbers))
        seconds = [hour * 3600 + int(rng.random() * 3600) for hour in hours]
        for place, second in enumerate(seconds):
            if rng.random() < ON_A_BOUNDARY:
                seconds[place] = second // 21_600 * 21_600
        seconds.sort()
        lengths = rng.choices(FRAGMENTS_OF_A_TEXT, FRAGMENT_WEIGHTS, k=len(numbers))
        today = (FIRST_DAY + timedelta(days=day)).isoformat()
        midnight = FIRST_SECOND + day * SECONDS_OF_DAY
        lines = []
        for row, second, length in zip(numbers, seconds, lengths, strict=True):
            time = f"{today} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            lines.append(self.line(row, f"{midnight + second}{row % 1000:03}", time, length, rng))
        return "".join(lines)

    def line(self, row: int, number: str, time: str, length: int, rng: random.Random) -> str:
        random_ = rng.random
        author = self.author_of(row, rng)
        source = self.sources[author]
        name = "" if random_() < NO_AUTHOR else self.names[author]
        title = quoted(self.titles[int(8_000 * random_())]) if random_() > 0.35 else ""
        start, step = int(40_000 * random_()), 1 + int(1_199 * random_())
        fragments = self.fragments
        text = quoted("".join([fragments[(start + n * step) % 40_000] for n in range(length)]))
        area = 1 + int(29 * random_())
        return f"{number}_{source[3:]},{source},{source}_{area:02},{name},{title},{text},{time}\n"


def coprime(one: int, other: int) -> bool:
    while other:
        one, other = other, one % other
    return one == 1


# --- files ------------------------------------------------------------------------------------

_shared: Corpus | None = None  # inherited by the processes that make days


def _make_day(day: int) -> str:
    assert _shared is not None
    return _shared.day(day)


def year(rows: int, seed: int = SEED) -> Iterator[str]:
    """The corpus, a day at a time."""
    global _shared
    _shared = Corpus(rows, seed)
    processes = min(len(os.sched_getaffinity(0)), 8)
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap(_make_day, range(DAYS), chunksize=1)


def one_second(rows: int, seed: int = SEED) -> Iterator[str]:
    """All rows at one moment of the year."""
    corpus = Corpus(rows, seed)
    rng = random.Random(seed)
    for row in range(rows):
        yield corpus.line(row, f"{FIRST_SECOND}{row:08}", "2020-06-30 12:00:00", 1, rng)


def huge_texts(rows: int, megabytes: int = 8, every: int = 50, seed: int = SEED) -> Iterator[str]:
    """Ordinary rows, of which one in `every` holds a text of so many megabytes."""
    corpus = Corpus(rows, seed)
    rng = random.Random(seed)
    for row in range(rows):
        second = row * (DAYS * SECONDS_OF_DAY // rows)
        day = (FIRST_DAY + timedelta(days=second // SECONDS_OF_DAY)).isoformat()
        hour = second % SECONDS_OF_DAY
        time = f"{day} {hour // 3600:02}:{hour // 60 % 60:02}:{hour % 60:02}"
        number = f"{FIRST_SECOND + second}{row:08}"
        if row % every:
            yield corpus.line(row, number, time, 1, rng)
            continue
        author = corpus.author_of(row, rng)
        source, name = corpus.sources[author], corpus.names[author]
        text = f"第{row}篇" + "平平無奇" * (megabytes * 1_000_000 // 12)
        yield f"{number}_{source[3:]},{source},{source}_01,{name},,{text},{time}\n"


SHAPES: dict[str, Callable[[int], Iterator[str]]] = {
    "year": year,
    "second": one_second,
    "huge": huge_texts,
}


def write(path: Path, shape: str, rows: int) -> None:
    """Writes CSV with a header. An empty author stands for NULL; no field has a line break."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as file:
        file.write(",".join(COLUMNS) + "\n")
        for lines in SHAPES[shape](rows):
            file.write(lines)
    part.rename(path)
