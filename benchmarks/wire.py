"""Other formats for the same stream: OTLP logs, Avro and Parquet, each as its users would use it.

Tokens are raw bytes everywhere, as in packs. A batch of OTLP is one request with a log record for
each event; one of Avro an array of a union, without its schema; one of Parquet a file with one wide
table, compressed by itself.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import fastavro
import pyarrow as pa
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from pyarrow import parquet

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

Batch = list[dict[str, Any]]
_AVRO = {str: "string", int: "long", bool: "boolean", bytes: "bytes"}


def encoders(sample: Batch) -> dict[str, Callable[[Batch], bytes]]:
    """Return what writes a batch of events with raw tokens in each format.

    Args:
        sample: Events of every kind, to take a schema from.
    """
    first = {event["type"]: event for event in sample}
    schema = fastavro.parse_schema(
        {
            "type": "array",
            "items": [
                {
                    "type": "record",
                    "name": kind,
                    "fields": [
                        {
                            "name": name,
                            "type": {"type": "long", "logicalType": "timestamp-millis"}
                            if name == "at"
                            else _AVRO[type(value)],
                        }
                        for name, value in event.items()
                        if name != "type"
                    ],
                }
                for kind, event in first.items()
            ],
        }
    )

    def avro(batch: Batch) -> bytes:
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, [(event["type"], event) for event in batch])
        return zstd.compress(out.getvalue(), 3)

    return {"OTLP + zstd 3": _otlp, "Avro + zstd 3": avro, "Parquet, zstd 3": _parquet}


def _otlp(batch: Batch) -> bytes:
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for event in batch:
        record = scope.log_records.add()
        record.time_unix_nano = int(event["at"].timestamp()) * 10**9
        record.event_name = event["type"]
        for name, value in event.items():
            if name not in ("type", "at"):
                attribute = record.attributes.add()
                attribute.key = name
                attribute.value.CopyFrom(_any(value))
    return zstd.compress(request.SerializeToString(), 3)


def _any(value: Any) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
    return AnyValue(string_value=value)


def _parquet(batch: Batch) -> bytes:
    out = io.BytesIO()
    names = dict.fromkeys(name for event in batch for name in event)
    columns = {name: [event.get(name) for event in batch] for name in names}
    parquet.write_table(pa.table(columns), out, compression="zstd", compression_level=3)
    return out.getvalue()
