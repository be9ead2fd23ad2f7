"""A shop on SNAP, from the access token to the end of a card binding.

    python3 snap_shop.py --url http://127.0.0.1:8080 --credentials purser-data/sandbox.json --lang EN

It prints an address. Open it in a browser, bind a card, and see the shop pay, refund and unbind with it.
Its own little server takes the redirects of the browser and the notifications of Purser, and verifies these.
"""

import argparse
import http.server
import json
import queue
import secrets
import sys
import threading
import urllib.parse

from snap import Refused, Shop, verify_notification


class Server:
    """Where the customer comes back to, and where Purser tells what happened."""

    def __init__(self):
        self.redirects, self.notifications = queue.Queue(), queue.Queue()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                if url.path in ("/bound", "/failed"):
                    query = dict(urllib.parse.parse_qsl(url.query))
                    outer.redirects.put((url.path, query))
                self._answer(b"<!doctype html><title>Shop</title><h1>Back in the shop</h1>", "text/html")

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.notifications.put((self.path, dict(self.headers), body))
                self._answer(b'{"responseCode":"2005600","responseMessage":"Successful"}', "application/json")

            def _answer(self, body, kind):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def notification(self, wanted, public_key):
        """The next notification that is `wanted`; every one must be Purser's."""
        while True:
            path, headers, body = self.notifications.get(timeout=60)
            headers = {name.upper(): value for name, value in headers.items()}
            if not verify_notification(public_key, path, headers, body):
                sys.exit("a notification has a wrong signature")
            told = json.loads(body)
            if wanted(told):
                return told


def say(text):
    print(text, flush=True)


def run(shop, lang):
    server = Server()
    public_key = shop.public_key()
    token = shop.fetch_token()
    say(f"token: {token['responseCode']}")

    state, customer = secrets.token_hex(16), "user-" + secrets.token_hex(4)
    seamless = {"mobileNumber": "6281234567890", "bankCode": "002", "userId": customer}
    begun = shop.auth_code(state, server.url("/bound"), server.url("/failed"), seamless, lang)
    say(f"auth code: {begun['responseCode']}, the state is ours: {begun['state'] == state}")
    say(f"webview: {shop.webview(begun['authCode'])}")

    path, query = server.redirects.get(timeout=300)
    say(f"the customer is back at {path}, the state is ours: {query.get('state') == state}")
    if path != "/bound":
        sys.exit(f"no card was bound: {query.get('reason')}")

    reference = secrets.token_hex(16)
    bound = shop.call("POST", "/api/v1.0/registration-account-binding", {
        "partnerReferenceNo": reference,
        "authCode": begun["authCode"],
        "merchantId": shop.merchant_id,
    })
    card = bound["accountToken"]
    say(f"binding: {bound['responseCode']}, {bound['additionalInfo']['tokenStatus']}")

    order = secrets.token_hex(16)
    amount = {"value": "150000.00", "currency": "IDR"}
    paid = shop.call("POST", "/api/v1.0/debit/payment-host-to-host", {
        "partnerReferenceNo": order,
        "bankCardToken": card,
        "merchantId": shop.merchant_id,
        "urlParam": [{"url": server.url("/notify"), "type": "PAY_NOTIFY", "isDeepLink": "N"}],
        "amount": amount,
        "additionalInfo": {"publicUserId": customer, "remarks": "Kopi"},
    })
    say(f"payment: {paid['responseCode']}, {paid['additionalInfo']['paymentResult']}")
    told = server.notification(lambda told: told["originalPartnerReferenceNo"] == order, public_key)
    say(f"told of the payment: {told['latestTransactionStatus']} {told['amount']['value']}")

    refunded = shop.call("POST", "/api/v1.0/debit/refund", {
        "merchantId": shop.merchant_id,
        "originalPartnerReferenceNo": order,
        "partnerRefundNo": secrets.token_hex(16),
        "refundAmount": amount,
        "reason": "returned",
    })
    say(f"refund: {refunded['responseCode']} {refunded['refundAmount']['value']}")
    is_refund = lambda told: told["additionalInfo"]["event"] == "REFUND"
    told = server.notification(is_refund, public_key)
    refunded = told["additionalInfo"]["refundedAmount"]
    say(f"told of the refund: {told['latestTransactionStatus']} {refunded}")

    unbound = shop.call("POST", "/api/v1.0/registration-account-unbinding", {
        "partnerReferenceNo": secrets.token_hex(16),
        "merchantId": shop.merchant_id,
        "tokenId": card,
        "additionalInfo": {"publicUserId": customer, "accountToken": card, "bankCode": "002"},
    })
    say(f"unbinding: {unbound['responseCode']}, {unbound['unlinkResult']}")
    try:
        shop.call("POST", "/api/v1.0/debit/payment-host-to-host", {
            "partnerReferenceNo": secrets.token_hex(16),
            "bankCardToken": card,
            "merchantId": shop.merchant_id,
            "amount": amount,
            "additionalInfo": {"publicUserId": customer, "remarks": "Kopi"},
        })
    except Refused as refused:
        say(f"a card that was unbound is refused: {refused.status}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--credentials", default="purser-data/sandbox.json")
    parser.add_argument("--lang", default="ID", choices=["ID", "EN"])
    options = parser.parse_args()
    with open(options.credentials, encoding="utf-8") as file:
        credentials = json.load(file)
    try:
        run(Shop(options.url, credentials.get("snap", credentials)), options.lang)
    except Refused as refused:
        sys.exit(f"refused: {refused}")
    except queue.Empty:
        sys.exit("nothing came within the time")


if __name__ == "__main__":
    main()
