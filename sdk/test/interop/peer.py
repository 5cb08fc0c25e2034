# Verifies what it is given with the official libraries and answers with what they sign.
import datetime
import json
import sys

from standardwebhooks.webhooks import Webhook as Standard
from svix.webhooks import Webhook as Svix

given = json.load(sys.stdin)
answers = []
for case in given:
    secret, payload, headers = case["secret"], case["payload"], case["headers"]
    for library in (Standard, Svix):
        library(secret).verify(payload, headers)
        try:
            library(secret).verify(payload + " ", headers)
        except Exception:
            pass
        else:
            raise SystemExit("a changed body was taken")
        now = datetime.datetime.now(tz=datetime.timezone.utc)
        signature = library(secret).sign(headers["webhook-id"], now, payload)
        own = {
            "webhook-id": headers["webhook-id"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        answers.append({**case, "headers": own})
json.dump(answers, sys.stdout)
