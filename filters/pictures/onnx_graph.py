"""Write a small ONNX model by hand: what onnxruntime reads is one protocol buffer.

Only what a plain image classifier needs. Numbers of fields: onnx.proto3 of ONNX 1.13 (IR 8).
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_FLOAT = 1  # TensorProto.FLOAT
_IR, _OPSET = 8, 13
_A_FLOAT, _A_INT, _A_STRING, _A_INTS = 1, 2, 3, 7  # AttributeProto.type

Attribute = float | int | str | list[int]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(at: int, value: int) -> bytes:
    return _varint(at << 3) + _varint(value)


def _bytes(at: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(at << 3 | 2) + _varint(len(data)) + data


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        held, kind = _varint(2 << 3 | 5) + struct.pack("<f", value), _A_FLOAT
    elif isinstance(value, int):
        held, kind = _number(3, value), _A_INT
    elif isinstance(value, str):
        held, kind = _bytes(4, value), _A_STRING
    else:
        held, kind = b"".join(_number(8, each) for each in value), _A_INTS
    return _bytes(1, name) + held + _number(20, kind)


def _value(name: str, sides: Iterable[int | str]) -> bytes:
    """A ValueInfoProto: float32, each side a number or a name."""
    dims = b"".join(
        _bytes(1, _bytes(2, side) if isinstance(side, str) else _number(1, side)) for side in sides
    )
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, _FLOAT) + _bytes(2, dims)))


@dataclass
class Graph:
    """A graph under way: nodes in the order in which they run, constants beside them."""

    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)

    def add(self, op: str, inputs: list[str], **attributes: Attribute) -> str:
        """One more node; the name of what it gives."""
        out = f"{op.lower()}{len(self.nodes)}"
        told = (_bytes(5, _attribute(name, value)) for name, value in attributes.items())
        names = (_bytes(1, each) for each in inputs)
        self.nodes.append(b"".join([*names, _bytes(2, out), _bytes(4, op), *told]))
        return out

    def constant(self, values: Any) -> str:
        """A constant, float32 of any shape; its name."""
        import numpy as np

        name = f"c{len(self.constants)}"
        dims = b"".join(_number(1, side) for side in values.shape)
        raw = np.ascontiguousarray(values, "<f4").tobytes()
        self.constants.append(dims + _number(2, _FLOAT) + _bytes(8, name) + _bytes(9, raw))
        return name

    def model(
        self, inputs: Mapping[str, Iterable[int | str]], outputs: Mapping[str, Iterable[int | str]]
    ) -> bytes:
        """The model, its inputs and outputs by name with their shapes."""
        graph = b"".join(
            [
                *(_bytes(1, node) for node in self.nodes),
                _bytes(2, "graph"),
                *(_bytes(5, constant) for constant in self.constants),
                *(_bytes(11, _value(*each)) for each in inputs.items()),
                *(_bytes(12, _value(*each)) for each in outputs.items()),
            ]
        )
        return _number(1, _IR) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, _OPSET))
