#!/usr/bin/python3
"""Writes tests/unit/aws/sigv4_vectors.json: requests as botocore signs them, for tests/unit/aws/sigv4_test.c.

    /usr/bin/python3 tests/clients/sigv4_vectors.py > tests/unit/aws/sigv4_vectors.json
"""
import datetime
import json
from urllib.parse import urlsplit

import botocore.auth
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 11, 20, 19, 56, 46)
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Frozen(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW


botocore.auth.datetime.datetime = Frozen

JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
BASE = "http://localhost:4566"

CASES = [
    # name, signer, service, region, method, url, headers, body
    ("sqs json", SigV4Auth, "sqs", "us-east-1", "POST", BASE + "/", JSON, '{"QueueUrl":"q","MessageBody":"hello"}'),
    ("sts form", SigV4Auth, "sts", "eu-central-1", "POST", BASE + "/", FORM, "Action=GetCallerIdentity&Version=2011-06-15"),
    ("escaped path", SigV4Auth, "lambda", "us-east-1", "GET",
     BASE + "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%2Fg", {}, ""),
    ("dots and slashes", SigV4Auth, "lambda", "us-east-1", "GET", BASE + "/a/./b//../c/", {}, ""),
    ("query order", SigV4Auth, "lambda", "us-east-1", "GET", BASE + "/2015-03-31/functions/?b=2&a=%20x%2By&a=1&c=", {}, ""),
    ("blanks in values", SigV4Auth, "events", "us-east-1", "POST", BASE + "/", {"X-Amz-Thing": "  a   b  c "}, "{}"),
    ("date header", SigV4Auth, "events", "us-east-1", "POST", BASE + "/", {"Date": "whatever"}, "{}"),
    ("s3 put", S3SigV4Auth, "s3", "us-east-1", "PUT", BASE + "/bucket/a%20b/../c%2Bd//e", {}, "content"),
    ("s3 subresource", S3SigV4Auth, "s3", "us-east-1", "GET", BASE + "/bucket?list-type=2&prefix=a%2Fb&delimiter=%2F", {}, ""),
    ("s3 presigned", S3SigV4QueryAuth, "s3", "us-east-1", "GET", BASE + "/bucket/key%20one", {}, ""),
    ("sts presigned", SigV4QueryAuth, "sts", "us-east-1", "GET", BASE + "/?Action=GetCallerIdentity&Version=2011-06-15", {}, ""),
]


def vector(name, signer, service, region, method, url, headers, body):
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body.encode())
    arguments = {"expires": 900} if "presigned" in name else {}
    signer(Credentials(KEY, SECRET), service, region, **arguments).add_auth(request)
    parts = urlsplit(request.url)
    sent = [["Host", parts.netloc]] + [[k, v] for k, v in request.headers.items()]
    return {"name": name, "service": service, "region": region, "method": method, "path": parts.path,
            "query": parts.query, "headers": sent, "body": body}


print(json.dumps({"now": NOW.strftime("%Y%m%dT%H%M%SZ"), "key": KEY, "secret": SECRET,
                  "vectors": [vector(*case) for case in CASES]}, indent=1))
