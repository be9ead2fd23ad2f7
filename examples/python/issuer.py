"""A connector for an issuer of cards: customers bind them, and their holders get one-time codes.

    PURSER_CONNECTOR_KEY=<64 hex digits> python3 issuer.py --name bank --memory issuer.db

It answers purser.connector.<name>.{enrol,resend-otp,verify-otp,unbind,challenge,verify-challenge,
issuer-status} for an issuer that is a toy here: replace `ToyIssuer`, keep the rest. It may have the
name and key of the connector that charges the cards, `connector.py`. Needs
`pip install -r requirements.txt`. The rules are in subjects/README.md.
"""

import asyncio
import hmac

from connector import Connector, Memory, ToyBank, options, reference, run

# For how long a one-time code is good.
VALID_SECS = 300


def refused(reason, code, message):
    return {"refused": {"reason": reason, "code": code, "message": message}}


def otp_sent(issuers_reference, phone):
    """The card holder has a code. Only a masked number is told."""
    sent_to = f"{phone[:4]}****{phone[-3:]}" if phone and len(phone) >= 8 else ""
    sent = {"reference": issuers_reference, "sent_to": sent_to, "valid_secs": VALID_SECS}
    return {"otp_sent": sent}


class ToyIssuer(ToyBank):
    """Stands for the issuer's own interface, which takes an id of ours and acts on it once.

    It sends nobody anything: the one-time code is always `otp`. Card 4000000000000119 is blocked, all
    others can be bound; a card that begins with 5 is of a bank that wants a code for each charge. With
    4000000000005001 it acts and tells so only after `slow` seconds.
    """

    BLOCKED = "4000000000000119"

    def __init__(self, path, slow, otp):
        super().__init__(path, slow)
        self.otp = otp

    def decide(self, verb, operation, request, secret):
        about = request["about"]
        if verb == "enrol" and secret["number"] == self.BLOCKED:
            return refused("card_blocked", "62", "Kartu diblokir")
        if verb in ("enrol", "challenge"):
            return otp_sent(reference("SENT", operation), about.get("phone"))
        if verb == "resend-otp":
            return otp_sent(about["reference"], about.get("phone"))
        if verb == "unbind":
            return {"done": {}}
        # What is left are the codes. How often one may be wrong is for Purser and the issuer to say.
        if not hmac.compare_digest(secret["code"].encode(), self.otp.encode()):
            return refused("wrong_otp", "55", "Kode OTP salah")
        if verb == "verify-challenge":
            return {"done": {}}
        rules = {"idle_days": 365, "otp_to_charge": about["card"]["bin"].startswith("5")}
        bound = {"reference": reference("BOUND", operation), "bank_code": "014", "rules": rules}
        return {"bound": bound}


class Issuer(Connector):
    """The same way of doing each operation once, for what an issuer is asked."""

    OPERATIONS = (
        "enrol",
        "resend-otp",
        "verify-otp",
        "unbind",
        "challenge",
        "verify-challenge",
        "issuer-status",
    )
    STATUS = "issuer-status"
    SEALED = ("sealed_card", "sealed_otp")
    KIND = "issuer"


def to_toy_issuer(name, keys, given):
    issuer = ToyIssuer(given.memory, given.slow, given.otp)
    return Issuer(name, keys, Memory(given.memory), issuer)


def main():
    parser = options("A connector to a toy issuer of cards.")
    parser.add_argument("--otp", default="123456", help="the one-time code that is always right")
    asyncio.run(run(parser.parse_args(), to_toy_issuer))


if __name__ == "__main__":
    main()
