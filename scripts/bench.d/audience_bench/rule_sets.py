"""`rules`: mixed sets of 4,000 and 100,000 rules, compiled, matched, linted, explained and written as workbooks."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from .api import percentile
from .corpus import SEED, Corpus
from .measure import BenchError, Measured, run
from .report import Table, goal
from .setting import Setting, say

NAME = "rule_sets"
FEW, MANY = 4_000, 100_000
PATTERNS = 100
LABELS = 40
TEXTS = 20_000
ROWS = 100_000
LENGTHS = range(2, 8)


def rule_sets(setting: Setting, texts: Path | None, pairs: int) -> Iterator[Table]:
    directory = setting.work / NAME
    directory.mkdir(exist_ok=True)
    contents = contents_of(texts)
    lines = directory / "texts.txt"
    lines.write_text("".join(f"{text}\n" for text in contents), encoding="utf-8")
    sets = {count: make_sets(directory, contents, count) for count in (FEW, MANY)}
    speeds = {count: speed(setting, lines, sets[count], pairs) for count in sets}
    yield compiled(speeds)
    yield matched(speeds, texts)
    yield explained(speeds)
    yield read(setting, directory, sets[MANY]["plain"], pairs)


def contents_of(texts: Path | None) -> list[str]:
    """The last columns of a TSV file with a heading, or contents like those of the corpus."""
    if texts:
        rows = texts.read_text(encoding="utf-8").splitlines()[1:]
        return [row.rpartition("\t")[2] for row in rows]
    rng = random.Random(f"{SEED} contents")
    fragments = Corpus(ROWS).fragments
    return ["".join(rng.choices(fragments, k=rng.randint(1, 6))) for _ in range(TEXTS)]


def keywords(contents: Sequence[str], count: int) -> list[str]:
    """Parts of the texts: a row has many of them."""
    rng = random.Random(f"{SEED} keywords {count}")
    found: dict[str, None] = {}
    for _ in range(200 * count):
        if len(found) == count:
            return list(found)
        text, length = rng.choice(contents), rng.choice(LENGTHS)
        start = rng.randrange(max(1, len(text) - length))
        word = text[start : start + length]
        if len(word) == length and word.isalnum():
            found[word] = None
    raise BenchError(f"the texts have only {len(found):,} words of the {count:,} that it takes")


def make_sets(directory: Path, contents: Sequence[str], count: int) -> dict[str, Path]:
    words = keywords(contents, count)
    after = words[1:] + words[:1]
    then = words[2:] + words[:2]
    plain: list[object] = [[word, "partially"] for word in words]
    sets: dict[str, list[object]] = {
        "plain": plain,
        "and": [f'"{a}" AND "{b}" AND NOT "{c}"' for a, b, c in
                zip(words, after, then, strict=True)],  # fmt: skip
        "near": [f'"{a}" NEAR/5 "{b}"' for a, b in zip(words, after, strict=True)],
    }
    if count == FEW:
        several = zip(words[:PATTERNS], after[:PATTERNS], strict=True)
        sets["patterns"] = plain + [f"/{a}.{{0,5}}{b}/" for a, b in several]
        idle = [[f"{word}{number:x}\N{SNOWMAN}", "partially"] for number, word in
                enumerate(words * (MANY // FEW - 1))]  # fmt: skip
        sets["idle"] = plain + idle
    return {name: write(directory / f"{name}-{count}.json", rules) for name, rules in sets.items()}


def write(path: Path, rules: Sequence[object]) -> Path:
    labels = {f"label-{number}": rules[number::LABELS] for number in range(LABELS)}
    document = {
        "model_type": "mixed_model", "in": ["content"], "row_labels": "all", "labels": labels,
    }  # fmt: skip
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


Figures = dict[str, dict[str, object]]


def speed(setting: Setting, texts: Path, sets: dict[str, Path], pairs: int) -> Figures:
    """What `audience rules speed` measures, by the name of the set."""
    say(f"rules: {', '.join(sets)} over {ROWS:,} rows")
    command = [
        str(setting.binary), "rules", "speed", *map(str, sets.values()), "--texts", str(texts),
        "--rows", str(ROWS), "--runs", str(pairs), "--keyword-model",
    ]  # fmt: skip
    figures = json.loads(run(command, environment=setting.environment).output)
    measured: Figures = dict(zip(sets, figures["sets"], strict=True))
    measured["keyword_model"] = {"runs": [{"match_s": s} for s in figures["keyword_model_s"]]}
    return measured


def seconds(figures: dict[str, object], name: str = "match_s") -> list[float]:
    runs = figures["runs"]
    assert isinstance(runs, list)
    return [float(one[name]) for one in runs]


def compiled(speeds: dict[int, Figures]) -> Table:
    table = Table(
        "Rules: compiled",
        ("rules", "set", "s", "goal", "RSS it adds MiB", "goal of it", "on the heap MiB"),
        notes=["In one process, one after the other; what an earlier set freed adds nothing."],
    )
    goals = {"plain": goal("1.0", "0.4"), "and": goal("2.0", "0.8")}
    for count, figures in speeds.items():
        for name, of_set in figures.items():
            if name == "keyword_model" or name == "idle":
                continue
            is_many = count == MANY
            table.rows.append((
                count, name, of_set["compile_s"], goals.get(name) if is_many else None,
                float(str(of_set["resident_bytes"])) / 1024**2,
                goal("128", "48") if is_many else None,
                float(str(of_set["compiled_bytes"])) / 1024**2,
            ))  # fmt: skip
    return table


# Each against another, with what it has to keep.
RATIOS = (
    ("plain", "keyword_model", goal("1.10", "1.0")),
    ("and", "plain", goal("1.3", "1.1")),
    ("near", "plain", goal("1.8", "1.3")),
    ("patterns", "plain", goal("1.5", "1.2")),
    ("idle", "plain", None),
)


def matched(speeds: dict[int, Figures], texts: Path | None) -> Table:
    table = Table(
        f"Rules: {ROWS:,} rows matched on one thread",
        ("rules", "set", "s", "labels a row", "all true rules s", "÷", "ratio", "goal"),
        notes=[
            f"{texts.name if texts else 'Contents like those of the corpus'}, repeated. With what"
            " is stored beside each label. and: every rule `a AND b AND NOT c`; near: `a NEAR/5 b`;"
            f" patterns: {PATTERNS} with literals beside the keywords; idle: {MANY - FEW:,}"
            " keywords that match nothing beside them. Ratios are medians of those of each round.",
        ],
    )  # fmt: skip
    for count, figures in speeds.items():
        for name, base, wanted in RATIOS:
            if name not in figures:
                continue
            took, of_base = seconds(figures[name]), seconds(figures[base])
            ratio = median(one / other for one, other in zip(took, of_base, strict=True))
            labels = median(seconds(figures[name], "labels")) / ROWS
            with_rules = median(seconds(figures[name], "with_rules_s"))
            table.rows.append(
                (count, name, median(took), labels, with_rules, base, ratio, wanted)
            )  # fmt: skip
    return table


def explained(speeds: dict[int, Figures]) -> Table:
    table = Table("Rules: a text explained", ("rules", "set", "p50 ms", "p99 ms", "goal"))
    goals = {FEW: goal("50", "15"), MANY: goal("400", "120")}
    for count, figures in speeds.items():
        for name in ("plain", "and", "near"):
            took = figures[name]["explain_ms"]
            assert isinstance(took, list)
            table.rows.append(
                (count, name, percentile(took, 0.5), percentile(took, 0.99), goals[count])
            )
    return table


def read(setting: Setting, directory: Path, rules: Path, pairs: int) -> Table:
    """Commands as a whole, with starting the program and reading the file."""
    table = Table(
        f"Rules: commands on {MANY:,} rules",
        ("command", "s", "goal", "peak RSS MiB", "goal of it"),
        notes=[f"Medians of {pairs} runs of the command as a whole."],
    )
    book, again = directory / "set.xlsx", directory / "again.json"

    def command(*arguments: str) -> list[Measured]:
        whole = [str(setting.binary), "rules", *arguments]
        return [run(whole, environment=setting.environment) for _ in range(pairs)]

    linted = command("lint", str(rules), "--json")
    exported = command("convert", str(rules), "--to", "xlsx", "-o", str(book))
    imported = command("convert", str(book), "--to", "json", "-o", str(again))
    both = [one + other for one, other in zip(exported, imported, strict=True)]
    for name, runs, of_time, of_memory in (
        ("lint", linted, goal("1.5", "0.4"), None),
        ("export as XLSX", exported, None, goal("200", "100")),
        ("import of XLSX", imported, None, goal("200", "100")),
        ("both", both, goal("6", "3"), goal("200", "100")),
    ):
        wall = median(one.wall_s for one in runs)
        peak = median(one.peak_rss_mib for one in runs)
        table.rows.append((name, wall, of_time, peak, of_memory))
    return table
