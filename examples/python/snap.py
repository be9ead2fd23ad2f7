"""SNAP for shops: signs, asks, and verifies what it is told. Needs `cryptography` alone.

`Shop` is one merchant's client. `docs/snap.md` has every call; these are those that `snap_shop.py` makes.
"""

import base64
import datetime
import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

JAKARTA = datetime.timezone(datetime.timedelta(hours=7))
# Longest time that one answer is waited for, in seconds.
PATIENCE = 60


class Refused(Exception):
    """Purser refused a call: `code` is the responseCode."""

    def __init__(self, status, answer):
        self.status, self.answer = status, answer
        self.code = answer.get("responseCode", "")
        super().__init__(f"{status} {self.code} {answer.get('responseMessage')}")


def timestamp():
    """Now, as X-TIMESTAMP has it."""
    return datetime.datetime.now(JAKARTA).isoformat(timespec="seconds")


def body_digest(body):
    """Lower-case hex of the SHA-256 of a body that is minified already."""
    return hashlib.sha256(body).hexdigest()


def verify_notification(public_key_pem, path, headers, body):
    """Whether a notification to `path` was signed by Purser."""
    text = f"POST:{path}:{body_digest(body)}:{headers['X-TIMESTAMP']}"
    key = serialization.load_pem_public_key(public_key_pem)
    signature = base64.b64decode(headers["X-SIGNATURE"])
    try:
        key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


class Shop:
    """A merchant with the credentials of `purser-data/sandbox.json`, below `snap`."""

    def __init__(self, url, credentials):
        self.url = url.rstrip("/")
        self.credentials = credentials
        private = credentials["privateKeyPem"].encode()
        self.private_key = serialization.load_pem_private_key(private, password=None)
        self.token = None

    @property
    def merchant_id(self):
        return self.credentials["merchantId"]

    def fetch_token(self):
        """Access token B2B: signed with the merchant's RSA key."""
        now, client_key = timestamp(), self.credentials["clientKey"]
        text = f"{client_key}|{now}".encode()
        signature = self.private_key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        body = {
            "grantType": "client_credentials",
            "additionalInfo": {"merchantId": self.merchant_id},
        }
        headers = {
            "X-CLIENT-KEY": client_key,
            "X-TIMESTAMP": now,
            "X-SIGNATURE": signature.hex(),
        }
        answer = self._send("POST", "/api/v1.0/access-token/b2b", headers, body)
        self.token = answer["accessToken"]
        return answer

    def call(self, method, path, body=None, query=None, external_id=None):
        """A service call: signed with HMAC-SHA512 over method, path, token, body and time."""
        now = timestamp()
        sent = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        text = f"{method}:{path}:{self.token}:{body_digest(sent)}:{now}"
        secret = self.credentials["clientSecret"].encode()
        signature = hmac.new(secret, text.encode(), hashlib.sha512).hexdigest()
        headers = {
            "Authorization": f"Bearer {self.token}",
            "X-TIMESTAMP": now,
            "X-SIGNATURE": signature,
            "X-PARTNER-ID": self.credentials["partnerId"],
            "X-EXTERNAL-ID": external_id or secrets.token_hex(16),
            "CHANNEL-ID": self.credentials["channelId"],
        }
        if query:
            path += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
        return self._send(method, path, headers, body)

    def auth_code(self, state, redirect_url, failure_redirect_url, seamless, lang):
        """Get OAuth Code: begins the session in which a customer binds a card."""
        query = {
            "lang": lang,
            "merchantId": self.merchant_id,
            "redirectUrl": redirect_url,
            "failureRedirectUrl": failure_redirect_url,
            "scopes": "CARD_REGISTRATION",
            "seamlessData": json.dumps(seamless, separators=(",", ":")),
            "state": state,
        }
        return self.call("GET", "/api/v1.0/get-auth-code", query=query)

    def webview(self, auth_code):
        """Where the customer's browser is sent."""
        return f"{self.url}/dd-card-binding?authCode={auth_code}"

    def public_key(self):
        """The key that notifications are verified with (PEM)."""
        return urllib.request.urlopen(f"{self.url}/snap/public-key.pem", timeout=PATIENCE).read()

    def _send(self, method, path, headers, body):
        data = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers |= {"Accept": "application/json", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            answer = error.read()
            try:
                answer = json.loads(answer)
            except ValueError:
                answer = {"responseMessage": answer[:200].decode(errors="replace")}
            raise Refused(error.code, answer) from None
