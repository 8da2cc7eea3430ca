"""What a zip of a brief holds, so that two can be compared."""

import hashlib
import io
import json
import zipfile

# Of a workbook: who made it, and when.
PROPERTIES = "docProps/"
FIGURES = "figures"


def contents(zipped: bytes, job: str) -> dict[str, str]:
    """Digests by name: of a workbook each sheet, of the manifest its figures, else the file; without
    the id of the job, which another brief has, too."""
    found: dict[str, str] = {}
    for path, data in files(zipped):
        name = path.rsplit("/", 1)[-1]
        if name.endswith(".xlsx"):
            parts = {f"{name} {part}": text for part, text in files(data)}
            found |= {part: digest(text, job) for part, text in parts.items()
                      if PROPERTIES not in part}  # fmt: skip
        elif name.endswith(".json"):
            figures = json.dumps(json.loads(data)[FIGURES], sort_keys=True)
            found[f"{name} {FIGURES}"] = digest(figures.encode(), job)
        else:
            found[name] = digest(data, job)
    return found


def files(zipped: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def digest(data: bytes, job: str) -> str:
    return hashlib.sha256(data.replace(job.encode(), b"JOB")).hexdigest()
