"""A connector: how an acquirer or bank plugs into Purser as a program of its own.

    PURSER_CONNECTOR_KEY=<64 hex digits> python3 connector.py --name bank --memory bank.db

It answers purser.connector.<name>.{authorise,capture,void,refund,payout,status} for a bank that is
a toy here: replace `ToyBank`, keep the rest. Any number of copies may run on one memory; they share
the requests. Needs `pip install -r requirements.txt`. The rules are in subjects/README.md.
"""

import argparse
import asyncio
import hashlib
import os
import signal
import sqlite3
import sys
import time
import uuid

import msgpack
import nats
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Requests at work at once; more wait in the subscription, and past its limit get no answer.
AT_ONCE = 256

# What was begun so long ago and is not known to the bank will not get there any more.
LOST_AFTER_MS = 120_000


def approved(reference):
    return {"approved": {"reference": reference}}


def declined(reason, code, message):
    return {"declined": {"reason": reason, "code": code, "message": message}}


def reference(prefix, operation):
    """A reference of the bank's own: the same for the same operation."""
    return f"{prefix}-{hashlib.sha256(operation).hexdigest()[:12].upper()}"


NEVER_RECEIVED = {"never_received": {}}
UNKNOWN = {"unknown": {}}


def open_sealed(keys, name, operation, sealed):
    """The map inside sealed bytes. `keys` may hold an old key beside the new one."""
    if sealed[0] != 1:
        raise ValueError("sealed by a newer version of Purser")
    context = f"purser.connector|1|{name}|{operation}".encode()
    for key in keys:
        try:
            return msgpack.unpackb(AESGCM(key).decrypt(sealed[1:13], sealed[13:], context))
        except InvalidTag:
            continue
    raise ValueError("sealed with another key, or for another connector or operation")


class Memory:
    """What this connector promised, in SQLite: it outlives crashes, and copies may share it.

    An operation is `begun`, then `done` with its answer; or `never`, and then it is not executed
    any more.
    """

    def __init__(self, path):
        self.rows = sqlite3.connect(path, isolation_level=None, timeout=10)
        self.rows.execute("PRAGMA journal_mode = WAL")
        self.rows.execute("PRAGMA synchronous = FULL")
        self.rows.execute(
            "CREATE TABLE IF NOT EXISTS operations"
            " (id BLOB PRIMARY KEY, state TEXT NOT NULL, answer BLOB) WITHOUT ROWID"
        )

    def enter(self, operation, state):
        """Notes a new operation. The row as it was before, (state, answer), or None if new."""
        # The insert decides between copies that get the same operation at the same time.
        cursor = self.rows.execute(
            "INSERT INTO operations (id, state) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (operation, state),
        )
        if cursor.rowcount == 1:
            return None
        found = self.rows.execute("SELECT state, answer FROM operations WHERE id = ?", (operation,))
        state, answer = found.fetchone()
        return state, answer and msgpack.unpackb(answer)

    def give_up(self, operation):
        """Notes that a begun operation never took effect and must not be executed any more."""
        self.rows.execute(
            "UPDATE operations SET state = 'never' WHERE id = ? AND state = 'begun'", (operation,)
        )

    def finish(self, operation, answer):
        """Notes the outcome, and returns the first one that was noted."""
        self.rows.execute(
            "UPDATE operations SET state = 'done', answer = ? WHERE id = ? AND state = 'begun'",
            (msgpack.packb(answer), operation),
        )
        found = self.rows.execute("SELECT answer FROM operations WHERE id = ?", (operation,))
        return msgpack.unpackb(found.fetchone()[0])


class ToyBank:
    """Stands for the acquirer's own interface, which takes an id of ours and acts on it once.

    It moves no money. Cards 4000000000000002 and 4000000000009995 are declined; with
    4000000000005001 it acts and tells so only after `slow` seconds; all others are approved.
    """

    DECLINES = {
        "4000000000000002": ("do_not_honour", "05", "Do not honour"),
        "4000000000009995": ("insufficient_funds", "51", "Insufficient funds"),
    }
    SLOW = "4000000000005001"

    def __init__(self, path, slow):
        self.slow = slow
        self.rows = sqlite3.connect(path, isolation_level=None, timeout=10)
        self.rows.execute(
            "CREATE TABLE IF NOT EXISTS bank (id BLOB PRIMARY KEY, answer BLOB NOT NULL)"
        )

    async def act(self, verb, operation, request, secret):
        """Acts on a new operation, and tells what it came to."""
        outcome = self.decide(verb, operation, request, secret or {})
        self.rows.execute(
            "INSERT INTO bank (id, answer) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (operation, msgpack.packb(outcome)),
        )
        if (secret or {}).get("number") == self.SLOW:
            await asyncio.sleep(self.slow)
        return await self.find(operation)

    def decide(self, verb, operation, request, secret):
        """What a new operation comes to."""
        if secret.get("number") in self.DECLINES:
            return declined(*self.DECLINES[secret["number"]])
        return approved(reference("TOY", operation))

    async def find(self, operation):
        """What an operation came to; None when the bank does not know it."""
        found = self.rows.execute("SELECT answer FROM bank WHERE id = ?", (operation,)).fetchone()
        return found and msgpack.unpackb(found[0])


class Connector:
    """From NATS to the bank and back, each operation once."""

    OPERATIONS = ("authorise", "capture", "void", "refund", "payout", "status")
    # The operation that asks what became of another.
    STATUS = "status"
    # Fields of requests that are sealed for this connector and the operation.
    SEALED = ("sealed_card", "sealed_beneficiary")
    KIND = "connector"

    def __init__(self, name, keys, memory, bank):
        self.name = name
        self.keys = keys
        self.memory = memory
        self.bank = bank
        self.places = asyncio.Semaphore(AT_ONCE)
        self.subscriptions = []
        self.tasks = set()
        self.at_work = set()

    async def serve(self, connection, prefix):
        for operation in self.OPERATIONS:
            subject = f"{prefix}.connector.{self.name}.{operation}"
            # The queue group gives each request to one of the copies.
            queue = f"connector-{self.name}"
            subscribed = await connection.subscribe(subject, queue=queue, cb=self.take)
            self.subscriptions.append(subscribed)

    async def stop(self):
        """Takes nothing new, and finishes what it took."""
        for subscription in self.subscriptions:
            await subscription.drain()
        await asyncio.gather(*self.tasks)

    async def take(self, message):
        # Callbacks of a subscription run one after the other: a slow bank must not hold up others.
        await self.places.acquire()
        task = asyncio.create_task(self.answer(message))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, message):
        try:
            verb = message.subject.rsplit(".", 1)[-1]
            envelope = msgpack.unpackb(message.data)
            if verb == self.STATUS:
                answer = await self.status(envelope["payload"])
            else:
                answer = await self.execute(verb, envelope["payload"], envelope["deadline"])
            if answer is not None:
                await message.respond(msgpack.packb(answer))
        except Exception as error:
            # No answer: Purser asks for the status. Never print the request, which may hold a card.
            print(f"failed at {message.subject}: {type(error).__name__}", file=sys.stderr)
        finally:
            self.places.release()

    async def execute(self, verb, request, deadline_ms):
        operation = request["operation"]
        if deadline_ms <= time.time_ns() // 1_000_000:
            # Nobody waits any more. Not begun, so a status query will find that it never arrived.
            return None
        secret = self.secret(request, operation)
        known = self.memory.enter(operation, "begun")
        if known is not None:
            state, answer = known
            # Begun elsewhere, or declared as never received: not executed a second time.
            return answer if state == "done" else UNKNOWN
        self.at_work.add(operation)
        try:
            outcome = await self.bank.act(verb, operation, request, secret)
        finally:
            self.at_work.discard(operation)
        return self.memory.finish(operation, outcome)

    async def status(self, query):
        operation = query["operation"]
        known = self.memory.enter(operation, "never")
        if known is None or known[0] == "never":
            return NEVER_RECEIVED
        state, answer = known
        if state == "done":
            return answer
        if operation in self.at_work:
            return UNKNOWN
        # An earlier process, or another copy, had begun it: only the bank can tell.
        found = await self.bank.find(operation)
        if found is not None:
            return self.memory.finish(operation, found)
        if time.time_ns() // 1_000_000 - query["sent_at"] < LOST_AFTER_MS:
            return UNKNOWN  # The copy that has begun it may be on its way to the bank.
        self.memory.give_up(operation)
        return NEVER_RECEIVED

    def secret(self, request, operation):
        for field in self.SEALED:
            if field in request:
                name = str(uuid.UUID(bytes=operation))
                return open_sealed(self.keys, self.name, name, request[field])
        return None


async def run(given, make):
    """Serves as the connector that `make` makes of the name, the keys and the given options."""
    # The new key first; the old one, if the key is being changed, after a comma.
    keys = [bytes.fromhex(key) for key in os.environ["PURSER_CONNECTOR_KEY"].split(",")]
    connection = await nats.connect(
        given.url,
        name=f"connector {given.name}",
        inbox_prefix=given.inbox,
        max_reconnect_attempts=-1,
        connect_timeout=5,
    )
    connector = make(given.name, keys, given)
    await connector.serve(connection, given.prefix)
    await connection.flush()
    print(f"{connector.KIND} {given.name} is ready", flush=True)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await connector.stop()
    await connection.drain()


def options(description):
    """What every connector is told on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--url", default=os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    parser.add_argument("--prefix", default="purser")
    parser.add_argument("--inbox", default="_INBOX", help="what subjects of answers begin with")
    parser.add_argument("--name", default="bank")
    parser.add_argument("--memory", default="connector.db", help="SQLite file of what was promised")
    parser.add_argument("--slow", type=float, default=25.0, help="seconds of the slow card")
    return parser


def to_toy_bank(name, keys, given):
    bank = ToyBank(given.memory, given.slow)
    return Connector(name, keys, Memory(given.memory), bank)


def main():
    asyncio.run(run(options("A connector to a toy bank.").parse_args(), to_toy_bank))


if __name__ == "__main__":
    main()
