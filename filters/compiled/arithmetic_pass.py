"""The compiled pass of filters.arithmetic: a program over blocks of rows.

A block's columns become doubles once, each step is one loop over the block, and the verdicts are
bits. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.compiling import borrowing

BLOCK_ROWS = 128  # thirty rows of so many doubles are what a first cache holds


@numba.njit(cache=True, nogil=True)
def run(columns, kinds, constants, program, bits, width):  # type: ignore[no-untyped-def]
    """Write the verdicts of n rows: bit k of a row is set where it fails rule k.

    `bits`: where to, bytes (n x w,), for each row w of them, 1, 2, 4 or 8; w is `width`.
    `columns` are 32 arrays of bytes, the first of which hold n numbers of `kinds`, int64 (c,);
    `constants` double (k,); `program`: steps, rules and bounds as filters.arithmetic.Program says.
    """
    rows = np.empty((len(kinds) + len(constants) + len(program[0]), BLOCK_ROWS))
    for number in range(len(constants)):
        rows[len(kinds) + number] = constants[number]
    verdicts = np.empty(BLOCK_ROWS, np.uint64)
    _run((columns, kinds), program, (rows, verdicts), bits, width)


@borrowing
def _run(given, program, room, bits, width):  # type: ignore[no-untyped-def]
    """The same, with room for rows of doubles, the constants among them, and for verdicts."""
    columns, kinds = given
    steps, rules, bounds = program
    rows, verdicts = room
    first = len(kinds)
    length = len(bits) // width
    for begin in range(0, length, BLOCK_ROWS):
        count = min(BLOCK_ROWS, length - begin)
        verdicts[:count] = 0
        for number in range(first):
            _load(columns[number], kinds[number], begin, count, rows[number])
        for number in range(len(steps)):
            step = steps[number]
            _reckon(step[0], rows[step[1]], rows[step[2]], rows[step[3]], count)
        for number in range(len(rules)):
            rule = rules[number]
            least, most = bounds[number]
            value, bit = rows[rule[1]], np.uint64(1) << np.uint64(rule[0])
            asked = rows[rule[2]] if rule[2] >= 0 else value
            _fail(value, (least, most), asked, (rule[2] >= 0, rule[3] != 0), bit,
                  verdicts[:count])  # fmt: skip
        _store(verdicts[:count], width, bits[begin * width : (begin + count) * width])


@borrowing
def _store(verdicts, width, out):  # type: ignore[no-untyped-def]
    """Verdicts in `width` bytes each."""
    if width == 1:
        for i in range(len(verdicts)):
            out[i] = verdicts[i]
    elif width == 2:
        shorts = out.view(np.uint16)
        for i in range(len(verdicts)):
            shorts[i] = verdicts[i]
    elif width == 4:
        words = out.view(np.uint32)
        for i in range(len(verdicts)):
            words[i] = verdicts[i]
    else:
        longs = out.view(np.uint64)
        for i in range(len(verdicts)):
            longs[i] = verdicts[i]


@borrowing
def _load(column, kind, begin, count, out):  # type: ignore[no-untyped-def]
    """`count` numbers of a column as doubles; kinds are in the order of filters.arithmetic.KINDS"""
    if kind == 0:
        small = column[begin : begin + count]
        for i in range(count):
            out[i] = small[i]
    elif kind == 1:
        shorts = column.view(np.uint16)[begin : begin + count]
        for i in range(count):
            out[i] = shorts[i]
    elif kind == 2:
        words = column.view(np.uint32)[begin : begin + count]
        for i in range(count):
            out[i] = words[i]
    elif kind == 3:
        signed = column.view(np.int32)[begin : begin + count]
        for i in range(count):
            out[i] = signed[i]
    elif kind == 4:
        longs = column.view(np.int64)[begin : begin + count]
        for i in range(count):
            out[i] = longs[i]
    elif kind == 5:
        singles = column.view(np.float32)[begin : begin + count]
        for i in range(count):
            out[i] = singles[i]
    else:
        doubles = column.view(np.float64)[begin : begin + count]
        for i in range(count):
            out[i] = doubles[i]


@numba.njit(cache=True, nogil=True, _nrt=False, error_model="numpy")  # type: ignore[call-overload]
def _reckon(operation, a, b, out, count):  # type: ignore[no-untyped-def]
    """One step; operations are in the order of filters.arithmetic.OPERATIONS."""
    if operation == 0:
        for i in range(count):
            out[i] = a[i] + b[i]
    elif operation == 1:
        for i in range(count):
            out[i] = a[i] - b[i]
    elif operation == 2:
        for i in range(count):
            out[i] = a[i] * b[i]
    elif operation == 3:
        for i in range(count):
            out[i] = a[i] / b[i]
    elif operation == 4:
        for i in range(count):
            out[i] = 1.0 if a[i] == b[i] else 0.0
    elif operation == 5:
        for i in range(count):
            out[i] = 1.0 if a[i] < b[i] else 0.0
    elif operation == 6:
        for i in range(count):
            out[i] = 1.0 if a[i] > b[i] else 0.0
    elif operation == 7:
        for i in range(count):
            out[i] = 1.0 if a[i] <= b[i] else 0.0
    elif operation == 8:
        for i in range(count):
            out[i] = 1.0 if a[i] >= b[i] else 0.0
    elif operation == 9:
        for i in range(count):
            out[i] = a[i] * b[i]
    else:
        for i in range(count):
            out[i] = max(a[i], b[i])


@borrowing
def _fail(value, bounds, asked, which, bit, bits):  # type: ignore[no-untyped-def]
    """Set `bit` where the value is out of bounds, or missing, and where `asked` is true."""
    least, most = bounds
    has_when, keeps = which
    if keeps:
        for i in range(len(bits)):
            outside = (value[i] < least) | (value[i] > most)
            told = outside & (value[i] - value[i] == 0.0)  # neither NaN nor infinite
            told &= (asked[i] != 0.0) | (not has_when)
            bits[i] |= bit * np.uint64(told)
    else:
        for i in range(len(bits)):
            inside = (value[i] >= least) & (value[i] <= most)
            told = (not inside) & ((asked[i] != 0.0) | (not has_when))
            bits[i] |= bit * np.uint64(told)
