"""Asks a server as programs do that were written for Triton.

    python triton.py HOST:PORT MODEL ROWS.json

Prints what was answered as JSON: with tritonclient's defaults (binary data), and with tensors that
are JSON."""

import json
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException, triton_to_np_dtype


def inputs(metadata, rows, binary, column):
    made = []
    for described in metadata["inputs"]:
        name, datatype = described["name"], described["datatype"]
        values = [row[name] for row in rows]
        if datatype != "BYTES":
            values = [np.nan if value is None else value for value in values]
        array = np.array(values, dtype=triton_to_np_dtype(datatype))
        array = array.reshape(-1, 1) if column else array
        one = http.InferInput(name, list(array.shape), datatype)
        one.set_data_from_numpy(array, binary_data=binary)
        made.append(one)
    return made


def tensors(result):
    found = {}
    for output in result.get_response()["outputs"]:
        array = result.as_numpy(output["name"])
        if array.dtype == np.object_:
            texts = [text.decode() if isinstance(text, bytes) else text for text in array.ravel()]
            array = np.array(texts, dtype=object).reshape(array.shape)
        found[output["name"]] = array.tolist()
    return found


def refused(call):
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


def main(server, model, path):
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)
    client = http.InferenceServerClient(server)
    metadata = client.get_model_metadata(model)
    version = metadata["versions"][-1]
    ask = client.infer
    plain = ask(model, inputs(metadata, rows, True, False), request_id="binary")
    wanted = [
        http.InferRequestedOutput("scores", binary_data=False),
        http.InferRequestedOutput("label", binary_data=True),
    ]
    mixed = ask(model, inputs(metadata, rows, True, True), outputs=wanted, model_version=version)
    wanted = [http.InferRequestedOutput(name, binary_data=False) for name in ("label", "scores")]
    text = ask(model, inputs(metadata, rows, False, True), outputs=wanted)
    short = inputs(metadata, rows, True, False)[1:]
    print(
        json.dumps(
            {
                "live": client.is_server_live(),
                "ready": client.is_server_ready(),
                "model_ready": client.is_model_ready(model),
                "version_ready": client.is_model_ready(model, version),
                "other_ready": client.is_model_ready("other"),
                "server": client.get_server_metadata(),
                "metadata": client.get_model_metadata(model, version),
                "index": client.get_model_repository_index(),
                "binary": tensors(plain),
                "response": plain.get_response(),
                "mixed": tensors(mixed),
                "json": tensors(text),
                "unknown": refused(lambda: client.get_model_metadata("other")),
                "missing": refused(lambda: client.infer(model, short)),
            }
        )
    )


main(*sys.argv[1:])
