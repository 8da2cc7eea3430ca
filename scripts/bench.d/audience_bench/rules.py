"""Makes the rules that the bench labels with: who writes, judged by name, as two labels."""

import random
from pathlib import Path

from . import words as w
from .corpus import GROUPS, SEED

MANY = 100_000
PAIRS, FULL_NAMES = 1_150, 640


def rules_of(label: str) -> list[tuple[str, str]]:
    """1,979 or 1,978 rules of the four match types, in no particular order."""
    female = label == "female"
    rng = random.Random(f"{SEED} {label}")
    first, second = (w.FEMALE_FIRST, w.FEMALE_SECOND) if female else (w.MALE_FIRST, w.MALE_SECOND)
    latin = w.LATIN_FEMALE if female else w.LATIN_MALE
    words = w.FEMALE_WORDS if female else w.MALE_WORDS
    endings = w.FEMALE_ENDINGS if female else w.MALE_ENDINGS
    beginnings = w.FEMALE_BEGINNINGS if female else w.MALE_BEGINNINGS
    # The names that are given most come first in both lists.
    pairs = sorted(
        ((i * j + rng.random() * 250, a + b) for i, a in enumerate(first)
         for j, b in enumerate(second)),
    )  # fmt: skip
    names = list(dict.fromkeys(pair for _, pair in pairs))
    rules = [(text, "partially") for text in [*names[:PAIRS], *latin, *words]]
    full: dict[str, None] = {}
    while len(full) < FULL_NAMES:
        family = w.FAMILY_NAMES[int(len(w.FAMILY_NAMES) * rng.random() ** 2)]
        full[family + rng.choice(names[PAIRS:])] = None
    rules += [(text, "absolutely") for text in full]
    rules += [(text, "end") for text in [*endings, *latin[:20]]]
    rules += [(text, "start") for text in [*beginnings, *latin[20:40]]]
    rng.shuffle(rules)
    return rules


def idle_rules(count: int) -> list[tuple[str, str]]:
    """Rules that match no author but begin as names do: four characters of which names have three.

    Labelling finds the same with them, so what it takes longer is what they cost.
    """
    rng = random.Random(f"{SEED} idle")
    first = w.EITHER_FIRST + w.FEMALE_FIRST + w.MALE_FIRST
    second = w.EITHER_SECOND + w.FEMALE_SECOND + w.MALE_SECOND
    texts: dict[str, None] = {}
    while len(texts) < count:
        name = rng.choice(w.FAMILY_NAMES) + rng.choice(first) + rng.choice(second)
        texts[name + rng.choice(w.FAMILY_NAMES)] = None
    return [(text, "partially") for text in texts]


def write(directory: Path, many: bool = False) -> int:
    """Writes a file a label; returns how many rules there are."""
    directory.mkdir(parents=True, exist_ok=True)
    sets = {label: rules_of(label) for label in ("female", "male")}
    total = sum(map(len, sets.values()))
    if many:
        extra = idle_rules(MANY - total)
        sets["female"] += extra[::2]
        sets["male"] += extra[1::2]
    for label, rules in sets.items():
        lines = "".join(f"{text}\t{match_type}\n" for text, match_type in rules)
        (directory / f"{label}.tsv").write_text(lines, encoding="utf-8")
    return sum(map(len, sets.values()))


def write_groups(path: Path) -> None:
    lines = (f"  {group}: [{', '.join(ids)}]\n" for group, ids in GROUPS.items())
    path.write_text("groups:\n" + "".join(lines), encoding="utf-8")
