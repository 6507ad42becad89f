"""Sixty-four bytes at once, compiled: which of them are of a class, as the bits of one number.

A loop that asks every character whether a word ends here guesses wrong once a word, and a wrong
guess costs as much as a dozen right ones. So the characters of a text are first written down as a
byte each (filters.compiled.reading). One step of the processor then says of 64 of these bytes
which have a bit, and the places are read off the answer without a guess.

Every read is of 64 bytes, or of 8: whoever asks holds MARGIN bytes behind the last that counts.
Importing this module imports numba.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from filters.compiled.compiling import inlined

ROOM = 64
"""Bytes of a block."""

MARGIN = ROOM + 8
"""Bytes behind a text that may be read, whatever they hold: a block may begin a few further."""

ITEMS = 32
"""Items that are compared at once, of whatever size."""

MOST_RANGES = 13
"""Ranges of bytes that have a class in common."""

_BYTE, _LONG = ir.IntType(8), ir.IntType(64)
_ASCII = 128
_BLOCK = ir.VectorType(_BYTE, ROOM)
_ONE, _TOP, _ALL = np.uint64(1), np.uint64(63), np.uint64(0xFFFFFFFFFFFFFFFF)


def _place(context: Any, builder: Any, array: Any, at: Any) -> Any:
    kind, value = array
    data = context.make_array(kind)(context, builder, value).data
    return builder.gep(data, [at], inbounds=True)


def _loaded(context: Any, builder: Any, array: Any, at: Any, kind: Any) -> Any:
    """The value of an LLVM type that lies at a place, wherever that is."""
    where = _place(context, builder, array, at)
    return builder.load(builder.bitcast(where, kind.as_pointer()), align=1)


def _stored(context: Any, builder: Any, array: Any, at: Any, value: Any) -> None:
    """Write a value of an LLVM type to a place, wherever that is."""
    where = _place(context, builder, array, at)
    builder.store(value, builder.bitcast(where, value.type.as_pointer()), align=1)


def _spread(builder: Any, byte: Any) -> Any:
    """The block of this byte 64 times."""
    one = builder.insert_element(ir.Constant(_BLOCK, ir.Undefined), byte, ir.IntType(32)(0))
    many = ir.Constant(ir.VectorType(ir.IntType(32), ROOM), [0] * ROOM)
    return builder.shuffle_vector(one, ir.Constant(_BLOCK, ir.Undefined), many)


def _answer(says: Callable[..., Any]) -> Callable[..., Any]:
    """What generates: bit i is what `says` finds of the i-th byte and of the bytes asked for."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = _loaded(context, builder, (signature.args[0], args[0]), args[1], _BLOCK)
        asked = (_spread(builder, byte) for byte in args[2:])
        return builder.bitcast(says(builder, block, *asked), _LONG)

    return generate


def _has(builder: Any, block: Any, bits: Any) -> Any:
    return builder.icmp_unsigned("!=", builder.and_(block, bits), ir.Constant(_BLOCK, None))


def _is(builder: Any, block: Any, byte: Any) -> Any:
    return builder.icmp_unsigned("==", block, byte)


def _lies(builder: Any, block: Any, low: Any, high: Any) -> Any:
    over = builder.sub(block, low)
    return builder.icmp_unsigned("<=", over, builder.sub(high, low))


def _having(_: Any, data: Any, at: Any, bits: Any) -> Any:
    return types.uint64(data, types.int64, types.uint8), _answer(_has)


def _being(_: Any, data: Any, at: Any, byte: Any) -> Any:
    return types.uint64(data, types.int64, types.uint8), _answer(_is)


def _within(_: Any, data: Any, at: Any, low: Any, high: Any) -> Any:
    return types.uint64(data, types.int64, types.uint8, types.uint8), _answer(_lies)


def _eight(_: Any, data: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _loaded(context, builder, (signature.args[0], args[0]), args[1], _LONG)

    return types.uint64(data, types.int64), generate


def _alike(_: Any, data: Any, one: Any, other: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = signature.args[0], args[0]
        items = ir.VectorType(context.get_data_type(array[0].dtype), ITEMS)
        found = [_loaded(context, builder, array, at, items) for at in args[1:]]
        unlike = builder.bitcast(builder.icmp_unsigned("!=", *found), ir.IntType(ITEMS))
        bits = builder.or_(builder.zext(unlike, _LONG), _LONG(1 << ITEMS))
        return builder.cttz(bits, ir.IntType(1)(1))

    return types.int64(data, types.int64, types.int64), generate


def _copied(_: Any, data: Any, at: Any, out: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, target = signature.args[0], signature.args[2]
        block = _loaded(context, builder, (source, args[0]), args[1], _BLOCK)
        if target.dtype.bitwidth > 8:
            block = builder.zext(block, ir.VectorType(ir.IntType(target.dtype.bitwidth), ROOM))
        _stored(context, builder, (target, args[2]), args[3], block)
        return context.get_dummy_value()

    return types.void(data, types.int64, out, types.int64), generate


def _classed(_: Any, data: Any, at: Any, ranges: Any, out: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block = _loaded(context, builder, (signature.args[0], args[0]), args[1], _BLOCK)
        found = none = ir.Constant(_BLOCK, None)
        for each in range(MOST_RANGES):
            low, high, bits = (
                _spread(builder, builder.load(_place(context, builder, (signature.args[2], args[2]),
                                                     ir.Constant(_LONG, 3 * each + part))))
                for part in range(3)
            )  # fmt: skip
            lies = _lies(builder, block, low, high)
            found = builder.or_(found, builder.select(lies, bits, none))
        _stored(context, builder, (signature.args[3], args[3]), args[4], found)
        return context.get_dummy_value()

    return types.void(data, types.int64, ranges, out, types.int64), generate


def _counted(operation: Callable[[Any, Any], Any]) -> Any:
    def typed(_: Any, bits: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return operation(builder, args[0])

        return types.int64(types.uint64), generate

    return intrinsic(typed)


having: Any = intrinsic(_having)
"""having(data, at, bits): which of the bytes from `at` on have one of these bits. uint64"""

being: Any = intrinsic(_being)
"""being(data, at, byte): which of the bytes from `at` on are this one. uint64"""

within: Any = intrinsic(_within)
"""within(data, at, low, high): which bytes from `at` on are one of low to high. uint64"""

eight: Any = intrinsic(_eight)
"""eight(data, at): the 8 bytes from `at` on as one number, the first lowest. uint64"""

alike: Any = intrinsic(_alike)
"""alike(data, one, other): items that are the same from these two places on; ITEMS at most."""

copied: Any = intrinsic(_copied)
"""copied(data, at, out, place): write these 64 bytes to `out`, of whole numbers of any width."""

classed: Any = intrinsic(_classed)
"""classed(data, at, ranges, out, place): write the classes of 64 bytes; see class_ranges."""

ones = _counted(lambda builder, bits: builder.ctpop(bits))
"""ones(bits): how many are set."""

lowest = _counted(lambda builder, bits: builder.cttz(bits, ir.IntType(1)(0)))
"""lowest(bits): place of the lowest that is set; 64 where none is."""

above = _counted(lambda builder, bits: builder.ctlz(bits, ir.IntType(1)(0)))
"""above(bits): how many lie above the highest that is set; 64 where none is."""


@inlined
def first(count):  # type: ignore[no-untyped-def]
    """The lowest `count` bits set, all from 64 on; none below 1."""
    if count >= ROOM:
        return _ALL
    return (_ONE << np.uint64(max(count, 0))) - _ONE


@inlined
def next_ones(found, breaks, waiting):  # type: ignore[no-untyped-def]
    """Which of the bits found are the first behind a break; and is one waited for, 1 or 0?

    Blocks are asked in order; `waiting` is the answer of the block before, and 1 for the first. A
    sum carries from each break over what is neither: it comes to rest on the first that is.
    """
    neither, begins = ~(found | breaks), (breaks << _ONE) | waiting
    sum_ = neither + (begins & neither)
    return found & (sum_ & ~neither | begins), (breaks >> _TOP) | np.uint64(sum_ < neither)


def class_ranges(table: np.ndarray) -> np.ndarray:
    """The ranges of ASCII whose characters have the same classes. uint8 (MOST_RANGES, 3)

    `table` are the classes of the characters, uint8. A range is its first byte, its last, and its
    classes; those that are not needed have none. Raises ValueError where they are too many.
    """
    edges = np.flatnonzero(np.diff(table[:_ASCII], prepend=0, append=0))
    found = [(begin, end - 1, table[begin])
             for begin, end in itertools.pairwise(edges) if table[begin]]  # fmt: skip
    if len(found) > MOST_RANGES:
        raise ValueError(f"{len(found)} ranges of classes; raise blocks.MOST_RANGES")
    out = np.zeros((MOST_RANGES, 3), np.uint8)
    out[: len(found)] = found
    return out
