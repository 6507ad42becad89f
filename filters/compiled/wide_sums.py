"""Sixteen numbers added at once.

numba cannot know that a row and the sum that it is added to lie apart in memory, and so adds
number by number. Here LLVM is told to add all sixteen.

Importing this module imports numba.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from filters.compiled.compiling import borrowing

BLOCK = 16
_WIDE, _NARROW = (ir.VectorType(ir.IntType(bits), BLOCK) for bits in (64, 32))
_WIDE_BYTES, _NARROW_BYTES = 8 * BLOCK, 4 * BLOCK


@intrinsic
def _add(_context, total, row):  # type: ignore[no-untyped-def]
    """Add BLOCK times int32 at the address `row` to as many int64 at the address `total`."""

    def code(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        to = builder.inttoptr(arguments[0], _WIDE.as_pointer())
        row = builder.load(builder.inttoptr(arguments[1], _NARROW.as_pointer()), align=4)
        total = builder.load(to, align=8)
        builder.store(builder.add(total, builder.sext(row, _WIDE)), to, align=8)
        return ir.Constant(ir.IntType(1), 0)

    return types.boolean(types.int64, types.int64), code


@borrowing
def add_rows(rows, found, count, total):  # type: ignore[no-untyped-def]
    """Do total += rows[found[:count]].sum(axis=0): int32 (rows, n) and int64 (n,), n BLOCKs."""
    size = len(total)
    to, first = total.ctypes.data, rows.ctypes.data
    for each in range(count):
        row = first + np.int64(found[each]) * (4 * size)
        for block in range(size // BLOCK):
            _add(to + block * _WIDE_BYTES, row + block * _NARROW_BYTES)  # type: ignore[call-arg]
