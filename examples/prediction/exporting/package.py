"""The files of a package."""

import json

import yaml

from exporting.rows import as_json


def write(folder, export, golden):
    # Truth values are labels sometimes, features never.
    for row in golden["inputs"]:
        row.update({k: float(v) for k, v in row.items() if isinstance(v, bool)})
    about = {"format": export.format, "file": export.file, "task": export.task}
    about["features"] = export.features
    if export.labels is not None:
        about["labels"] = [as_json(label) for label in export.labels]
    (folder / export.file).write_bytes(export.content)
    text = yaml.safe_dump(about, allow_unicode=True, sort_keys=False)
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    text = json.dumps(golden, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.replace('},{"', '},\n{"')
    (folder / "golden.json").write_text(text + "\n", encoding="utf-8")
