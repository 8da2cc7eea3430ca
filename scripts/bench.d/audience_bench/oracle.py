"""Computes from the specification what labelling must give, without the program.

Plain and slow: at each character of a text, the rules that begin with it are tried.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .corpus import GROUPS

# The order of labels is that of their files.
LABELS = ("female", "male")
GROUP_OF = {s_id: group for group, ids in GROUPS.items() for s_id in ids}
START, END = "2020-01-01 00:00:00", "2021-01-01 00:00:00"

# id, source_author, panel, create_time, field_content, match_content
Row = tuple[str, str, str, str, str, str]


@dataclass
class Label:
    """The rules of a label, ready to be looked up."""

    name: str
    anywhere: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by first character
    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    whole: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path) -> "Label":
        label = cls(path.stem)
        for line in path.read_text(encoding="utf-8").splitlines():
            text, match_type = line.lower().split("\t")
            match match_type:
                case "partially":
                    label.anywhere[text[0]] = (*label.anywhere.get(text[0], ()), text)
                case "start":
                    label.start += (text,)
                case "end":
                    label.end += (text,)
                case _:
                    label.whole.add(text)
        return label

    def matches(self, text: str) -> bool:
        return (
            text in self.whole
            or text.startswith(self.start)
            or text.endswith(self.end)
            or any(
                first in self.anywhere and text.startswith(self.anywhere[first], at)
                for at, first in enumerate(text)
            )
        )


@dataclass
class Expected:
    """What a task has to say and to publish."""

    received: int
    staged: int
    authors: dict[str, int]  # by group, of all received rows
    published: dict[str, list[Row]]  # by group, only those that have rows

    def counts(self) -> dict[str, int]:
        return {group: len(rows) for group, rows in self.published.items()}


def posts(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


def expected(corpus: Path, rules: Path, job: str) -> Expected:
    """What `job` (`author` or `content`) gives; rules of one match type a line only."""
    labels = [Label.read(rules / f"{name}.tsv") for name in LABELS]
    known: dict[str, str | None] = {}  # of authors, who write more than once

    def panel_of(text: str) -> str | None:
        if text in known:
            return known[text]
        low = text.lower()
        hit = next((label.name for label in labels if label.matches(low)), None)
        if job == "author":
            known[text] = hit
        return hit

    received = staged = 0
    authors: dict[str, set[str]] = {}
    votes: dict[tuple[str, str], Counter[str]] = {}
    newest: dict[tuple[str, str, str], Row] = {}
    for id_, s_id, _area, author, _title, content, time in posts(corpus):
        if not author or not START <= time <= END:
            continue
        received += 1
        group = GROUP_OF.get(s_id, "other")
        source_author = f"{s_id}_{author.strip()}"
        authors.setdefault(group, set()).add(source_author)
        text = author if job == "author" else content
        label = panel_of(text)
        if label is None:
            continue
        staged += 1
        votes.setdefault((group, source_author), Counter())[label] += 1
        row = (id_, source_author, f"/{label}", time, s_id, text)
        key = (group, source_author, label)
        if key not in newest or (time, id_) > (newest[key][3], newest[key][0]):
            newest[key] = row
    published: dict[str, list[Row]] = {}
    for (group, source_author), panels in votes.items():
        most = max(panels.values())
        winners = [label for label, count in panels.items() if count == most]
        if len(winners) == 1:  # on a tie the author is dropped
            published.setdefault(group, []).append(newest[group, source_author, winners[0]])
    counted = {group: len(names) for group, names in authors.items()}
    return Expected(received, staged, counted, published)
