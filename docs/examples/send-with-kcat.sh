#!/bin/sh
# FK tells the gateway that a (synthetic) person has consented today, and reads the answer.
# Needs kcat and openssl, jq too with SAMVERKAN_KEYS_FILE, and a gateway that runs:
# see docs/send-a-message.md.
set -eu
broker=${SAMVERKAN_BOOTSTRAP_SERVERS:-127.0.0.1:19092}
id=$(uuidgen 2>/dev/null || cat /proc/sys/kernel/random/uuid)
day=$(TZ=Europe/Stockholm date +%Y-%m-%d)
# The exchange key k1 of the agencies' key file; without a file the published test key.
if [ -n "${SAMVERKAN_KEYS_FILE:-}" ]; then
  secret=$(jq -er .exchange_keys.k1 "$SAMVERKAN_KEYS_FILE")
else
  secret=test-exchange-key-k1-not-secret!
fi
# The person key: the first 16 bytes of HMAC-SHA256 of the personal number, in base64url without
# padding. It is the record key and stands in partitionkey; the number stands in the body only.
# A real system uses its library: here the secret is an argument, which other users can see.
key=$(printf %s 198104129815 | openssl dgst -sha256 -hmac "$secret" -binary |
  head -c 16 | base64 | tr '+/' '-_' | tr -d '=\n')

# kcat sends a message per line. murmur2_random is how Java clients partition; the gateway checks.
tr -d '\n' <<EVENT | kcat -P -b "$broker" -t fk.out.consent -k "$key" \
  -H content-type=application/cloudevents+json \
  -X partitioner=murmur2_random -X enable.idempotence=true -X acks=all
{"specversion":"1.0","id":"$id","source":"urn:samverkan:fk:arende",
"type":"se.samverkan.consent.recorded.v1","subject":"S-1","time":"${day}T00:00:00Z",
"datacontenttype":"application/json","partitionkey":"$key",
"data":{"person":{"personal_number":"198104129815"},"case_id":"S-1","event_at":"$day",
"purposes":[{"purpose":"information_exchange","status":"given"}],
"families":["referral","plan","meeting","sgi"],"parties":["fk","af"],
"asked_by":"fk","form":"digitalt","valid_from":"$day"}}
EVENT

sleep 2
kcat -C -b "$broker" -t fk.receipts -o -20 -e -q -X isolation.level=read_committed | grep "$id"
