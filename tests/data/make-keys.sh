#!/bin/sh
# Makes the keys of the unit tests. They protect nothing.
set -eu
cd "$(dirname "$0")"
openssl genrsa -out rsa-private.pem 2048
openssl pkey -in rsa-private.pem -pubout -out rsa-public.pem
openssl rsa -in rsa-private.pem -RSAPublicKey_out -out rsa-public-pkcs1.pem
openssl genrsa -out short.pem 1024
openssl pkey -in short.pem -pubout -out rsa-1024-public.pem
printf message | openssl dgst -sha256 -sign short.pem -out rsa-1024-signature.bin
rm short.pem
for curve in P-256 P-384 P-521; do
    name=$(echo "$curve" | tr -d - | tr P p)
    openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" -out "$name-private.pem"
    openssl pkey -in "$name-private.pem" -pubout -out "$name-public.pem"
done
# r and s side by side, as RFC 7518 has them.
printf message | openssl dgst -sha512 -sign p521-private.pem | openssl asn1parse -inform DER |
    sed -n 's/.*INTEGER *://p' | while read -r number; do printf '%132s' "$number" | tr ' ' 0; done |
    xxd -r -p >p521-signature.bin
openssl genpkey -algorithm ED25519 -out ed25519-private.pem
openssl genpkey -algorithm ED448 | openssl pkey -pubout -out ed448-public.pem
openssl pkey -in ed25519-private.pem -pubout -out ed25519-public.pem
for name in rsa p256 p384 p521 ed25519; do
    openssl req -x509 -new -key "$name-private.pem" -subj /CN=issuer -days 36500 -out "$name-certificate.pem"
done
python3 make-roca-key.py >rsa-roca-public.pem
