"""A page's tree out of Lexbor's own memory, in one compiled pass.

selectolax gives a node as a Python object, and every step to the next as a call: that took most
of the time of reading a page. The address of a node is known (`mem_id`), and how Lexbor lays out
its nodes is public (lexbor/dom/interfaces/node.h, element.h, attr.h, character_data.h), so the
pass goes from node to node by itself. It only reads, and only while the tree is alive. What it
gives are copies. `pipeline.page.tree` checks the layout before it trusts it.

Importing this module imports numba; its functions compile once and stay compiled on disk.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from filters.compiled.blocks import MARGIN
from filters.compiled.compiling import borrowing
from filters.compiled.hashing import look_up
from pipeline.page.elements import NUMBER, TEXT

# Bytes from the beginning of a node, on a 64-bit machine.
_NAME, _NEXT, _PARENT, _CHILD, _TYPE = 8, 40, 56, 64, 88
_FIRST_ATTRIBUTE, _DATA, _LENGTH = 120, 96, 104
_VALUE, _NEXT_ATTRIBUTE = 112, 128
# Of an entry of Lexbor's tables of names: short names lie inside it.
_ENTRY_LENGTH, _LONGEST_INSIDE = 24, 16

_IS_ELEMENT, _IS_TEXT = 1, 3
STATIC = 1000
"""Below it are Lexbor's numbers of the names it knows; others are addresses of table entries."""

LONGEST_VALUE = 32_768
"""Most that is kept of an attribute. [bytes]"""

_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_SCRIPT, _STYLE, _SVG = NUMBER["script"], NUMBER["style"], NUMBER["svg"]
_KEEP_ALL = np.array([NUMBER[tag] for tag in ("img", "amp-img", "amp-anim", "source", "object")])


@intrinsic
def _word(_context, address):  # type: ignore[no-untyped-def]
    """The 64-bit integer that lies at an address."""

    def code(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(pointer)

    return types.int64(types.int64), code


@intrinsic
def _byte(_context, address):  # type: ignore[no-untyped-def]
    """The byte that lies at an address."""

    def code(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        byte = builder.load(builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()))
        return builder.zext(byte, ir.IntType(32))

    return types.int32(types.int64), code


@intrinsic
def _copy(_context, target, source, size):  # type: ignore[no-untyped-def]
    """Copy `size` bytes from one address to another."""

    def code(_context, builder, _signature, arguments):  # type: ignore[no-untyped-def]
        to, from_ = (
            builder.inttoptr(argument, ir.IntType(8).as_pointer()) for argument in arguments[:2]
        )
        cgutils.raw_memcpy(builder, to, from_, arguments[2], 1)  # type: ignore[no-untyped-call]
        return cgutils.false_bit

    return types.boolean(types.int64, types.int64, types.int64), code


@borrowing
def _name_at(entry):  # type: ignore[no-untyped-def]
    """Address and length of the name that an entry of a table holds."""
    length = _word(entry + _ENTRY_LENGTH)
    if length <= _LONGEST_INSIDE:
        return entry, length
    return _word(entry), length


@borrowing
def _hashed(address, length):  # type: ignore[no-untyped-def]
    """FNV-1a of some bytes."""
    value = _SEED
    for i in range(length):
        value = (value ^ np.uint64(_byte(address + i))) * _PRIME
    return value


@borrowing
def _number_of(identifier, known, table):  # type: ignore[no-untyped-def]
    """Our number of a name, from Lexbor's; 0 for one that is not ours."""
    if identifier < STATIC:
        return np.int32(known[identifier])
    return np.int32(look_up(_hashed(*_name_at(identifier)), table[0], table[1]))


@numba.njit(cache=True, nogil=True)
def attribute_ids(address):  # type: ignore[no-untyped-def]
    """Lexbor's number of each attribute of the element at an address. uint64 (attributes,)"""
    found = []
    attribute = _word(address + _FIRST_ATTRIBUTE)
    while attribute != 0:
        found.append(_word(attribute + _NAME))
        attribute = _word(attribute + _NEXT_ATTRIBUTE)
    return np.array(found, np.uint64)


@borrowing
def _sizes(root, most):  # type: ignore[no-untyped-def]
    """Nodes, attributes and bytes that a tree holds at most; -1 nodes for more than `most`."""
    nodes = attributes = size = 0
    node = np.int64(root)
    while True:
        kind = _word(node + _TYPE) & 0xFF
        child = np.int64(0)
        nodes += 1
        if nodes > most:
            return -1, 0, 0
        if kind == _IS_ELEMENT:
            name = _word(node + _NAME)
            if name >= STATIC:
                size += _name_at(name)[1]
            attribute = _word(node + _FIRST_ATTRIBUTE)
            while attribute != 0:
                attributes += 1
                name = _word(attribute + _NAME)
                value = _word(attribute + _VALUE)
                if name >= STATIC:
                    size += _name_at(name)[1]
                if value != 0:
                    size += min(_word(value + 8), LONGEST_VALUE)
                attribute = _word(attribute + _NEXT_ATTRIBUTE)
            child = _word(node + _CHILD)
        elif kind == _IS_TEXT:
            size += _word(node + _LENGTH)
        if child != 0:
            node = child
            continue
        while True:
            if node == root:
                return nodes, attributes, size
            following = _word(node + _NEXT)
            if following != 0:
                node = following
                break
            node = _word(node + _PARENT)


@borrowing
def _elements_below(root):  # type: ignore[no-untyped-def]
    """How many elements an element holds."""
    count = 0
    node = root
    while True:
        child = np.int64(0)
        if _word(node + _TYPE) & 0xFF == _IS_ELEMENT:
            count += 1
            child = _word(node + _CHILD)
        if child != 0:
            node = child
            continue
        while True:
            if node == root:
                return count - 1
            following = _word(node + _NEXT)
            if following != 0:
                node = following
                break
            node = _word(node + _PARENT)


@borrowing
def _is_told(address, length):  # type: ignore[no-untyped-def]
    """True for the types of script whose text says something: ...ld+json, math/tex..."""
    for i in range(length - 2):
        first = _byte(address + i) | 0x20
        second = _byte(address + i + 1) | 0x20
        third = _byte(address + i + 2) | 0x20
        if first == 0x6C and second == 0x64 and third == 0x2B:
            return True
        if first == 0x74 and second == 0x65 and third == 0x78:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def flattened(root, most, known_tags, other_tags, known_names, other_names):  # type: ignore[no-untyped-def]
    """The tree under the element at address `root` as the arrays of `pipeline.page.tree.Tree`.

    `known_*` give our numbers for Lexbor's, `other_*` those for the FNV-1a hashes of names, as
    tables of `filters.compiled.hashing`. The first of the arrays is empty where there are more
    than `most` nodes.
    """
    nodes, spare, size = _sizes(np.int64(root), most)
    if nodes < 0:
        nodes = spare = size = 0
    tags, parents = np.empty(nodes, np.uint8), np.empty(nodes, np.int32)
    ends, ordinals = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    begins, stops = np.zeros(nodes, np.int32), np.zeros(nodes, np.int32)
    attributes, names = np.zeros(nodes + 1, np.int32), np.empty(spare, np.uint8)
    spans = np.empty((spare, 4), np.int32)
    data = np.empty(size + MARGIN, np.uint8)
    base = np.int64(data.ctypes.data)
    count = held = filled = ordinal = 0
    if nodes == 0:
        return tags, parents, ends, ordinals, begins, stops, attributes, names, spans, data
    node, parent = np.int64(root), np.int32(-1)
    told = False  # the script that is being read has text that says something
    while True:
        kind = _word(node + _TYPE) & 0xFF
        child = np.int64(0)
        if kind == _IS_ELEMENT:
            row = count
            count += 1
            identifier = _word(node + _NAME)
            tag = _number_of(identifier, known_tags, other_tags)
            tags[row], parents[row], ordinals[row] = tag, parent, ordinal
            ordinal += 1
            if tag == 0 and identifier >= STATIC:
                address, length = _name_at(identifier)
                _copy(base + filled, address, length)
                begins[row] = filled
                filled += length
                stops[row] = filled
            keep_all = False
            for each in _KEEP_ALL:
                keep_all |= tag == each
            told = False
            attribute = _word(node + _FIRST_ATTRIBUTE)
            while attribute != 0:
                identifier = _word(attribute + _NAME)
                name = _number_of(identifier, known_names, other_names)
                if name != 0 or (keep_all and identifier >= STATIC):
                    names[held] = name
                    spans[held, 0] = filled
                    if name == 0:
                        address, length = _name_at(identifier)
                        _copy(base + filled, address, length)
                        filled += length
                    spans[held, 1] = spans[held, 2] = filled
                    value = _word(attribute + _VALUE)
                    if value != 0 and _word(value) != 0:
                        address, length = _word(value), _word(value + 8)
                        if length > LONGEST_VALUE:
                            length = LONGEST_VALUE
                            while length > 0 and _byte(address + length) & 0xC0 == 0x80:
                                length -= 1
                        _copy(base + filled, address, length)
                        filled += length
                        if tag == _SCRIPT and not told:
                            told = _is_told(address, length)
                    spans[held, 3] = filled
                    held += 1
                attribute = _word(attribute + _NEXT_ATTRIBUTE)
            attributes[count] = held
            child = _word(node + _CHILD)
            if tag == _SVG and child != 0:
                ordinal += _elements_below(node)
                child = np.int64(0)
            if child != 0:
                parent, node = np.int32(row), child
                continue
            ends[row] = count
        elif kind == _IS_TEXT:
            above = tags[parent]
            if (above != _SCRIPT or told) and above != _STYLE:
                address, length = _word(node + _DATA), _word(node + _LENGTH)
                tags[count], parents[count], ordinals[count] = TEXT, parent, ordinal
                _copy(base + filled, address, length)
                begins[count] = filled
                filled += length
                stops[count] = filled
                count += 1
                ends[count - 1] = count
                attributes[count] = held
        while True:
            if node == np.int64(root):
                rows = slice(0, count)
                return (
                    tags[rows], parents[rows], ends[rows], ordinals[rows], begins[rows],
                    stops[rows], attributes[: count + 1], names[:held], spans[:held],
                    data[:filled],
                )  # fmt: skip
            following = _word(node + _NEXT)
            if following != 0:
                node = following
                break
            node = _word(node + _PARENT)
            ends[parent] = count
            parent = parents[parent]


@borrowing
def count(page, byte):  # type: ignore[no-untyped-def]
    """How often a byte stands in a page, uint8 (n,)."""
    found = 0
    for each in page:
        found += each == byte
    return found
