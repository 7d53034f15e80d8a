#!/usr/bin/env python3
"""Judges an id_token with PyJWT.

Standard input: JSON with `token`, `metadata` (address of the OpenID configuration), `audience` and
`nonce`. Ends with 0 when the token is good, with 1 when it is not.
"""

import json
import sys
import urllib.request

import jwt

asked = json.load(sys.stdin)
with urllib.request.urlopen(asked["metadata"]) as answer:
    metadata = json.load(answer)
try:
    keys = jwt.PyJWKClient(metadata["jwks_uri"])
    claims = jwt.decode(
        asked["token"],
        keys.get_signing_key_from_jwt(asked["token"]).key,
        algorithms=metadata["id_token_signing_alg_values_supported"],
        audience=asked["audience"],
        issuer=metadata["issuer"],
        leeway=30,
        options={"require": ["exp", "iat", "nbf", "aud", "iss", "sub", "nonce"]},
    )
    if claims["nonce"] != asked["nonce"]:
        sys.exit("nonce")
except jwt.PyJWTError as error:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(1)
