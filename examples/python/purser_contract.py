"""The contract of Purser for Python: subjects, messages and answers.

Needs Python 3.9 or later and msgpack (Debian: python3-msgpack). It opens no
connection: hand what it makes to a NATS client. As a program it shows messages:

    python3 purser_contract.py subject account alice transfer
    python3 purser_contract.py payment-id 10001 order-1
    python3 purser_contract.py encode '{"to": "bob", ...}' --sender me --key k > message
    python3 purser_contract.py decode < answer
"""

import argparse
import hashlib
import json
import os
import re
import sys
import time
import uuid

import msgpack

SCHEMA_VERSION = 1

# Fixed per deployment; 64 unless its operator chose otherwise.
PARTITIONS = 64

# What subjects begin with, unless the operator of a shared broker chose otherwise.
PREFIX = "purser"

# The same command may succeed later. Codes of later versions count as not retryable.
RETRYABLE = frozenset({"deadline_exceeded", "overloaded", "unavailable", "quarantined"})

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Rejected(Exception):
    """A refusal: `code` for programs, `message` for people."""

    def __init__(self, code, message, retry_after_ms=None):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_after_ms = retry_after_ms

    @property
    def retryable(self):
        """Whether the same command, with the same key, may succeed later."""
        return self.code in RETRYABLE


def _checked(identifier):
    if not _ID.fullmatch(identifier):
        raise ValueError("an id has 1 to 64 characters of A-Z a-z 0-9 _ -")
    return identifier


def partition(identifier, partitions=PARTITIONS):
    """FNV-1a-32 of the id's bytes, modulo the number of partitions."""
    value = 0x811C9DC5
    for byte in _checked(identifier).encode("ascii"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value % partitions


def subject(entity, identifier, verb, partitions=PARTITIONS, *, kind="ask", prefix=PREFIX):
    """Where to send a command or query: `ask` for an answer now, `cmd` for what must happen."""
    number = partition(identifier, partitions)
    return f"{prefix}.{kind}.{entity}.{number}.{identifier}.{verb}"


def _derived_id(merchant, name):
    return hashlib.sha256(f"{_checked(merchant)}|{name}".encode("utf-8")).hexdigest()[:32]


def payment_id(merchant, reference):
    """The id of the payment that the merchant calls `reference`."""
    return _derived_id(merchant, reference)


def endpoint_id(merchant, url):
    """The id of the endpoint behind a notification URL, whose query does not count."""
    return _derived_id(merchant, re.split(r"[?#]", url, maxsplit=1)[0])


def uuid7(now_ms=None):
    """A UUID version 7 (RFC 9562): 48 bits of time, the rest random."""
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    value = (now_ms << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def _without_floats(value):
    if isinstance(value, float):
        raise TypeError("no message holds floats; amounts are whole minor units")
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple)):
        for item in value:
            _without_floats(item)


def command(payload, *, sender, key=None, timeout_ms=30_000, correlation=None, message_id=None):
    """The bytes of a command or query. `timeout_ms=None` sets no deadline.

    A command with a `key` takes effect once however often it is sent: draw the key
    before the first try and keep it for all others. Send queries without a key.
    """
    _without_floats(payload)
    if key is not None and not 1 <= len(key.encode("utf-8")) <= 255:
        raise ValueError("an idempotency key has 1 to 255 bytes")
    now_ms = time.time_ns() // 1_000_000
    message_id = message_id or uuid7(now_ms)
    envelope = {
        "v": SCHEMA_VERSION,
        "id": message_id.bytes,
        "correlation": (correlation or message_id).bytes,
        "sender": sender,
        "payload": payload,
    }
    # Absent fields are left out, never nil.
    if timeout_ms is not None:
        envelope["deadline"] = now_ms + timeout_ms
    if key is not None:
        envelope["key"] = key
    return msgpack.packb(envelope)


def read_answer(data):
    """The reply in an answer; raises `Rejected` for a refusal."""
    answer = msgpack.unpackb(data)
    if "error" in answer:
        error = answer["error"]
        raise Rejected(error["code"], error["message"], error.get("retry_after_ms"))
    return answer["ok"]


def read_event(data):
    """The envelope of an event. The name of the event is the last token of its subject."""
    envelope = msgpack.unpackb(data)
    if envelope["v"] > SCHEMA_VERSION:
        raise ValueError(f"schema version {envelope['v']} is newer than this program")
    return envelope


def readable(value):
    """Bytes as JSON can show them: ids as text, all others in hex."""
    if isinstance(value, bytes):
        return str(uuid.UUID(bytes=value)) if len(value) == 16 else value.hex()
    raise TypeError(f"no JSON for {type(value).__name__}")


def main():
    parser = argparse.ArgumentParser(description="Shows and makes messages of Purser.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    to = verbs.add_parser("subject", help="where a command goes")
    to.add_argument("entity")
    to.add_argument("id")
    to.add_argument("name")
    to.add_argument("--partitions", type=int, default=PARTITIONS)
    payment = verbs.add_parser("payment-id", help="the id of a payment")
    payment.add_argument("merchant")
    payment.add_argument("reference")
    encode = verbs.add_parser("encode", help="a command from JSON, to standard output")
    encode.add_argument("payload")
    encode.add_argument("--sender", required=True)
    encode.add_argument("--key")
    verbs.add_parser("decode", help="any message from standard input, as JSON")
    given = parser.parse_args()
    if given.verb == "subject":
        print(subject(given.entity, given.id, given.name, given.partitions))
    elif given.verb == "payment-id":
        print(payment_id(given.merchant, given.reference))
    elif given.verb == "encode":
        payload = json.loads(given.payload)
        sys.stdout.buffer.write(command(payload, sender=given.sender, key=given.key))
    else:
        message = msgpack.unpackb(sys.stdin.buffer.read())
        print(json.dumps(message, indent=2, default=readable))


if __name__ == "__main__":
    main()
