"""Make the file of weights that nsfw_mobilenet.py reads, from the npm package nsfwjs.

    npm pack nsfwjs@4.3.0
    python -m jobs.training.nsfw_weights nsfwjs-4.3.0.tgz filters/pictures/nsfw_mobilenet.npz

The package holds its models as JavaScript, so node reads them. Weights stay in their 8 bits.
"""

import base64
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

MODEL = "package/dist/models/mobilenet_v2_mid"
_READ = "process.stdout.write(JSON.stringify(require(process.argv[1])))"
_KINDS = {
    "_FusedConv2D": "conv",
    "FusedDepthwiseConv2dNative": "depthwise",
    "AddV2": "add",
    "AvgPool": "mean",
    "_FusedMatMul": "dense",
    "Softmax": "softmax",
}
_PASSED = ("Mul", "Sub", "Squeeze", "Identity")  # scaling of pixels, and what changes no number


def read(package: Path) -> tuple[dict[str, Any], bytes]:
    """The model as the package describes it, and its weights one behind the other."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(package) as tar:
        tar.extractall(folder, filter="data")
        files = sorted(Path(folder, MODEL).glob("*.min.js"))
        held = {file.name: json.loads(_said(file)) for file in files}
    shards = [text for name, text in held.items() if name.startswith("group")]
    return held["model.min.js"], b"".join(base64.b64decode(shard) for shard in shards)


def _said(file: Path) -> bytes:
    done = subprocess.run(["node", "-e", _READ, str(file)], capture_output=True, check=True)
    return done.stdout


def layers(topology: dict[str, Any], places: dict[str, int]) -> list[dict[str, Any]]:
    """The layers in order. `places`: the number of each tensor by its name."""
    made: dict[str, int] = {}
    out: list[dict[str, Any]] = []
    for node in topology["node"]:
        name, op, inputs = node["name"], node["op"], node.get("input", [])
        if op == "Placeholder":
            made[name] = -1
        elif op in _PASSED:
            made[name] = next(made[each] for each in inputs if each in made)
        elif op != "Const":
            fused = node["attr"].get("fused_ops", {}).get("list", {}).get("s", [])
            strides = node["attr"].get("strides", {}).get("list", {}).get("i", ["1"] * 4)
            out.append(
                {
                    "kind": _KINDS[op],
                    "inputs": [made[each] for each in inputs if each in made],
                    "tensors": [places[each] for each in inputs if each in places],
                    "stride": int(strides[1]),
                    "relu6": b"Relu6" in [base64.b64decode(each) for each in fused],
                }
            )
            made[name] = len(out) - 1
    return out


def main(argv: list[str]) -> None:
    """Package in, file of weights out."""
    described, data = read(Path(argv[0]))
    weights = described["weightsManifest"][0]["weights"]
    tensors: dict[str, np.ndarray] = {}
    about: list[dict[str, float]] = []
    places: dict[str, int] = {}
    at = 0
    for weight in weights:
        size = int(np.prod(weight["shape"], dtype=np.int64))
        how = weight["quantization"]
        width = np.dtype(how["dtype"]).itemsize
        if weight["dtype"] == "float32" and weight["shape"]:
            places[weight["name"]] = len(about)
            values = np.frombuffer(data, how["dtype"], size, at).reshape(weight["shape"])
            tensors[f"t{len(about)}"] = values
            about.append({"least": how["min"], "scale": how["scale"]})
        at += size * width
    told = {"layers": layers(described["modelTopology"], places), "tensors": about}
    head = np.frombuffer(json.dumps(told, sort_keys=True).encode(), np.uint8)
    np.savez_compressed(argv[1], **{"about": head, **tensors})  # type: ignore[arg-type]
    print(f"{argv[1]}: {len(told['layers'])} layers, {at:,} weights")


if __name__ == "__main__":
    main(sys.argv[1:])
