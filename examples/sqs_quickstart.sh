#!/bin/sh
# sqs_quickstart.sh [URL]: the life of a message, with nothing but curl.
set -eu
url=${1:-${AWS_ENDPOINT_URL:-http://127.0.0.1:4566}}

call() { # OPERATION JSON
    curl -sS --fail-with-body "$url/" -H "X-Amz-Target: AmazonSQS.$1" -H 'Content-Type: application/x-amz-json-1.0' -d "$2" || {
        echo "$1 failed" >&2
        exit 1
    }
}

member() { # NAME: the first string member of that name
    sed -n 's/.*"'"$1"'" *: *"\(\([^"\\]\|\\.\)*\)".*/\1/p' | head -n 1
}

queue=$(call CreateQueue '{"QueueName":"quickstart"}' | member QueueUrl)
[ -n "$queue" ]
echo "created   $queue"

id=$(call SendMessage "{\"QueueUrl\":\"$queue\",\"MessageBody\":\"play it together\"}" | member MessageId)
[ -n "$id" ]
echo "sent      $id"

message=$(call ReceiveMessage "{\"QueueUrl\":\"$queue\",\"WaitTimeSeconds\":2}")
receipt=$(printf '%s' "$message" | member ReceiptHandle)
[ -n "$receipt" ]
echo "received  $(printf '%s' "$message" | member Body)"

call DeleteMessage "{\"QueueUrl\":\"$queue\",\"ReceiptHandle\":\"$receipt\"}" >/dev/null
echo "deleted   the queue is empty again, and would have kept the message through a crash"
