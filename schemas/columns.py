"""How every column of every table is declared: a name, a type, and what it means."""

import pyarrow as pa


def column(
    name: str, type_: pa.DataType, meaning: str, unit: str = "", source: str = ""
) -> pa.Field:
    """A nullable Arrow field whose metadata says what it holds, its unit, and who defines it."""
    said = {"meaning": meaning, "unit": unit, "source": source}
    metadata = {key: value for key, value in said.items() if value}
    return pa.field(name, type_, nullable=True, metadata=metadata)


def merged(schema: pa.Schema, adds: pa.Schema) -> pa.Schema:
    """`schema` with the fields of `adds`; a list<struct> present in both gains the new members.

    A field of the same name is replaced in place, so the order of columns never depends on
    how often a signal was measured.
    """
    fields = {field.name: field for field in schema}
    for new in adds:
        old = fields.get(new.name)
        fields[new.name] = _merged_field(old, new) if old is not None else new
    return pa.schema(fields.values())


def _merged_field(old: pa.Field, new: pa.Field) -> pa.Field:
    if not (is_struct_list(old.type) and is_struct_list(new.type)):
        return new
    members = merged(pa.schema(old.type.value_type), pa.schema(new.type.value_type))
    return old.with_type(pa.list_(pa.struct(list(members))))


def is_struct_list(type_: pa.DataType) -> bool:
    """True for list<struct<...>>, the shape of everything nested here."""
    return bool(pa.types.is_list(type_) and pa.types.is_struct(type_.value_type))


def missing(schema: pa.Schema, reads: pa.Schema) -> list[str]:
    """Dotted names that `reads` wants and `schema` lacks, e.g. ["nodes.wrods"]."""
    absent = []
    for wanted in reads:
        index = schema.get_field_index(wanted.name)
        if index < 0:
            absent.append(wanted.name)
        elif is_struct_list(wanted.type) and is_struct_list(schema.field(index).type):
            inside = missing(
                pa.schema(schema.field(index).type.value_type), pa.schema(wanted.type.value_type)
            )
            absent.extend(f"{wanted.name}.{name}" for name in inside)
    return absent
