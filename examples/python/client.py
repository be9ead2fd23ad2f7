"""A client for internal systems: asks, hands over durable commands, follows events.

    python3 client.py --url nats://127.0.0.1:4222 open alice EUR --floor 0
    python3 client.py transfer bank alice 1250 EUR --key invoice-7
    python3 client.py transfer bank alice 1250 EUR --key invoice-8 --durable
    python3 client.py balance alice
    python3 client.py follow --entity account --id alice
    python3 client.py demo

Amounts are whole minor units. Needs `pip install -r requirements.txt`.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
import uuid

import nats
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig
from nats.js.errors import APIError

import purser_contract
from purser_contract import Rejected, command, read_answer, read_event, subject

# Pauses between tries of one request, in seconds; the last one is repeated.
PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Purser:
    """A connection to Purser over NATS."""

    def __init__(self, connection, sender, prefix="purser", partitions=64):
        self.connection = connection
        self.jetstream = connection.jetstream()
        self.sender = sender
        self.prefix = prefix
        self.partitions = partitions

    @classmethod
    async def connect(cls, url, sender, inbox="_INBOX", **options):
        """Connects, and connects again for as long as it takes when the connection is lost."""
        connection = await nats.connect(
            url,
            name=sender,
            inbox_prefix=inbox,
            max_reconnect_attempts=-1,
            connect_timeout=5,
            error_cb=_tell,
        )
        return cls(connection, sender, **options)

    async def close(self):
        await self.connection.drain()

    def _subject(self, kind, entity, identifier, verb):
        return subject(
            entity, identifier, verb, self.partitions, kind=kind, prefix=self.prefix
        )

    async def ask(self, entity, identifier, verb, payload, key=None, patience=30.0):
        """Asks until there is a definite answer, for at most `patience` seconds.

        Every try has the same `key`, so a command takes effect once whatever was lost on the
        way. Store the key before the first call: it is what a restarted program asks again
        with. Queries have none. Raises `Rejected` for a refusal, `TimeoutError` when nobody
        could tell; then the command may or may not have taken effect.
        """
        to = self._subject("ask", entity, identifier, verb)
        end = time.monotonic() + patience
        attempt = 0
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{to}: no definite answer within {patience:.0f} s")
            message = command(
                payload, sender=self.sender, key=key, timeout_ms=int(left * 1000)
            )
            pause = PAUSES[min(attempt, len(PAUSES) - 1)] * random.uniform(0.5, 1.0)
            try:
                answer = await self.connection.request(to, message, timeout=left)
                return read_answer(answer.data)
            except Rejected as refusal:
                if not refusal.retryable:
                    raise
                pause = max(pause, (refusal.retry_after_ms or 0) / 1000)
            except (NatsError, TimeoutError, asyncio.TimeoutError):
                pass  # Nobody there, or the connection is gone: the key makes a repeat safe.
            attempt += 1
            await asyncio.sleep(min(pause, max(0.0, end - time.monotonic())))

    async def submit(self, entity, identifier, verb, payload, key, patience=30.0):
        """Hands over a command that must happen; it is durable once this returns.

        Its outcome is an event whose `causation` is the id that is returned. It happens
        also when no node of Purser runs at present. Repeats with one key do nothing.
        """
        to = self._subject("cmd", entity, identifier, verb)
        message_id = purser_contract.uuid7()
        message = command(
            payload, sender=self.sender, key=key, timeout_ms=None, message_id=message_id
        )
        headers = {"Nats-Msg-Id": f"{entity}-{identifier}-{key}"}
        await self._insist(
            lambda: self.jetstream.publish(to, message, timeout=5, headers=headers), patience
        )
        return message_id

    async def _insist(self, act, patience=30.0):
        """What `act` does at JetStream, again for a while when it has no leader at present."""
        end = time.monotonic() + patience
        attempt = 0
        while True:
            try:
                return await act()
            except (NatsError, TimeoutError, asyncio.TimeoutError):
                if time.monotonic() >= end:
                    raise
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1

    async def follow(self, handle, entity="*", identifier="*", event="*", durable=None):
        """Awaits `handle(subject, envelope)` for the events that JetStream still has, then for new
        ones, until it returns True.

        An event is acknowledged when `handle` has returned. With a `durable` name a restarted
        program goes on after the last of these. Events are delivered at least once, in order per
        entity; what was handled before is left out here by `sequence`.
        """
        stream = f"{self.prefix.upper().replace('.', '_')}_EVT"
        pattern = f"{self.prefix}.evt.{entity}.{identifier}.{event}"
        # Without a name the broker forgets the consumer when nobody fetches for so long (seconds).
        config = ConsumerConfig(inactive_threshold=None if durable else 300.0)
        source = await self._insist(
            lambda: self.jetstream.pull_subscribe(
                pattern, durable=durable, stream=stream, config=config
            )
        )
        # A program that runs for long would keep this in its own database.
        handled = {}
        while True:
            try:
                messages = await source.fetch(32, timeout=5)
            except APIError:
                raise  # The consumer or the stream is gone.
            except (NatsError, TimeoutError, asyncio.TimeoutError):
                # Nothing happened, or the connection is being made anew.
                await asyncio.sleep(0.05)
                continue
            is_done = False
            for message in messages:
                if is_done:
                    await message.nak()  # For whoever goes on.
                    continue
                envelope = read_event(message.data)
                _, _, kind, whose, _ = message.subject.rsplit(".", 4)
                number = envelope.get("sequence", 0)
                if number > handled.get((kind, whose), 0):
                    is_done = await handle(message.subject, envelope)
                    handled[kind, whose] = number
                await message.ack()
            if is_done:
                return

    async def open(self, identifier, currency, floor=None, side="credit"):
        """Opens an account; with a floor it is guarded."""
        payload = {"currency": currency, "side": side}
        if floor is not None:
            payload["floor"] = floor
        return await self.ask("account", identifier, "open", payload, key=f"open-{identifier}")

    async def transfer(self, source, target, minor, currency, key, durable=False):
        """Moves money; `durable` hands it over instead of waiting for the outcome."""
        payload = {"to": target, "amount": {"minor": minor, "currency": currency}}
        send = self.submit if durable else self.ask
        return await send("account", source, "transfer", payload, key=key)

    async def balance(self, identifier):
        """The balance as it stands."""
        return await self.ask("account", identifier, "balance", {})


async def _tell(error):
    """The connection mends itself; requests tell what became of them."""
    print(f"nats: {error}", file=sys.stderr)


def readable(value):
    """The value as one line of JSON, ids as text."""
    return json.dumps(value, default=purser_contract.readable, sort_keys=True)


async def demo(purser):
    """Opens accounts, moves money both ways, and waits for the event of the durable one."""
    run = uuid.uuid4().hex[:8]
    bank, alice, bob = (f"{name}-{run}" for name in ("bank", "alice", "bob"))
    await purser.open(bank, "EUR", side="debit")
    await purser.open(alice, "EUR", floor=0)
    await purser.open(bob, "EUR", floor=0)
    await purser.transfer(bank, alice, 10_000, "EUR", key="fund")
    first = await purser.transfer(alice, bob, 1_250, "EUR", key="invoice-7")
    again = await purser.transfer(alice, bob, 1_250, "EUR", key="invoice-7")
    print("the same key moves money once:", first == again)
    try:
        await purser.transfer(alice, bob, 99_999, "EUR", key="too-much")
    except Rejected as refusal:
        print("refused:", refusal.code)
    command_id = await purser.transfer(alice, bob, 750, "EUR", key="invoice-8", durable=True)

    async def wait_for_it(name, event):
        if event.get("causation") != command_id.bytes:
            return False
        print("happened:", name.rsplit(".", 1)[-1], event["payload"]["amount"])
        return True

    await purser.follow(wait_for_it, "account", alice, "transferred")
    for account in (alice, bob):
        print(account.split("-")[0], (await purser.balance(account))["posted"])


async def follow(purser, given):
    """Prints events until there were enough."""
    count = 0

    async def show(name, event):
        nonlocal count
        count += 1
        print(name, readable(event), flush=True)
        return count == given.count

    await purser.follow(show, given.entity, given.id, durable=given.durable)


async def run(given):
    options = {"prefix": given.prefix, "partitions": given.partitions, "inbox": given.inbox}
    purser = await Purser.connect(given.url, given.sender, **options)
    try:
        if given.verb == "demo":
            await demo(purser)
        elif given.verb == "follow":
            await follow(purser, given)
        elif given.verb == "open":
            side = "debit" if given.debit else "credit"
            print(readable(await purser.open(given.id, given.currency, given.floor, side)))
        elif given.verb == "balance":
            print(readable(await purser.balance(given.id)))
        else:
            moved = await purser.transfer(
                given.source, given.target, given.minor, given.currency, given.key, given.durable
            )
            print(readable(moved.bytes if given.durable else moved))
    finally:
        await purser.close()


def main():
    parser = argparse.ArgumentParser(description="A client of Purser for internal systems.")
    parser.add_argument("--url", default=os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    parser.add_argument("--prefix", default=purser_contract.PREFIX)
    parser.add_argument("--partitions", type=int, default=purser_contract.PARTITIONS)
    parser.add_argument("--inbox", default="_INBOX", help="what subjects of answers begin with")
    parser.add_argument("--sender", default="client.py")
    verbs = parser.add_subparsers(dest="verb", required=True)
    opening = verbs.add_parser("open", help="open an account")
    opening.add_argument("id")
    opening.add_argument("currency")
    opening.add_argument("--floor", type=int, help="least balance; absent: unguarded")
    opening.add_argument("--debit", action="store_true", help="on the debit side, as a bank's")
    transfer = verbs.add_parser("transfer", help="move money")
    transfer.add_argument("source")
    transfer.add_argument("target")
    transfer.add_argument("minor", type=int)
    transfer.add_argument("currency")
    transfer.add_argument("--key", required=True, help="one key moves money once")
    transfer.add_argument("--durable", action="store_true", help="hand it over and do not wait")
    balance = verbs.add_parser("balance", help="show a balance")
    balance.add_argument("id")
    following = verbs.add_parser("follow", help="show events")
    following.add_argument("--entity", default="*")
    following.add_argument("--id", default="*")
    following.add_argument("--durable", help="go on where this name stopped")
    following.add_argument("--count", type=int, help="end after so many")
    verbs.add_parser("demo", help="show all of it")
    try:
        asyncio.run(run(parser.parse_args()))
    except Rejected as refusal:
        sys.exit(f"refused: {refusal}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
