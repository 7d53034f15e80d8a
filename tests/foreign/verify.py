#!/usr/bin/env python3
"""Verifies passkey registrations with python-fido2, a verifier that shares no code with Keydesk.

Standard input: one JSON object, or a list of them, with the members client_data,
attestation_object and challenge (base64url without padding), rp_id and origin. Other members are
ignored, so the `registered` list of the practice cloud's /_control fits as it is. With a member
`assertion`, an object of challenge, client_data, authenticator_data and signature, the new
credential must have signed in with it too.
Standard output: one line per registration. Exit code 1 when one fails or none was given.
"""

import json
import sys

from fido2.attestation import Attestation
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, UserVerificationRequirement


def verify_attestation(attestation_object, client_data_hash):
    """The statement's signature and, for packed, what its certificate must say."""
    kind = Attestation.for_type(attestation_object.fmt)
    kind().verify(attestation_object.att_stmt, attestation_object.auth_data, client_data_hash)


def verify(registration):
    origin = registration["origin"]
    server = Fido2Server(
        {"id": registration["rp_id"], "name": "relying party"},
        attestation="direct",
        verify_origin=lambda found: found == origin,
        verify_attestation=verify_attestation,
    )
    auth_data = server.register_complete(
        {
            "challenge": registration["challenge"],
            "user_verification": UserVerificationRequirement.REQUIRED,
        },
        {
            "id": websafe_encode(credential_id(registration)),
            "rawId": websafe_encode(credential_id(registration)),
            "type": "public-key",
            "response": {
                "clientDataJSON": registration["client_data"],
                "attestationObject": registration["attestation_object"],
            },
        },
    )
    found = auth_data.credential_data
    claimed = registration.get("aaguid")
    if claimed is not None and Aaguid.parse(claimed) != found.aaguid:
        raise ValueError(f"the AAGUID is {found.aaguid}, not {claimed}")
    if "assertion" in registration:
        verify_assertion(server, found, registration["assertion"])
    return found


def verify_assertion(server, credential, assertion):
    server.authenticate_complete(
        {
            "challenge": assertion["challenge"],
            "user_verification": UserVerificationRequirement.REQUIRED,
        },
        [credential],
        {
            "id": websafe_encode(credential.credential_id),
            "rawId": websafe_encode(credential.credential_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": assertion["client_data"],
                "authenticatorData": assertion["authenticator_data"],
                "signature": assertion["signature"],
            },
        },
    )


def credential_id(registration):
    """The id that was sent beside the attestation object, else the attested one."""
    from fido2.webauthn import AttestationObject

    if "credential_id" in registration:
        return websafe_decode(registration["credential_id"])
    attested = AttestationObject(websafe_decode(registration["attestation_object"]))
    return attested.auth_data.credential_data.credential_id


def main():
    given = json.load(sys.stdin)
    registrations = given if isinstance(given, list) else [given]
    failures = 0
    for registration in registrations:
        try:
            found = verify(registration)
            sent = credential_id(registration)
            if sent != found.credential_id:
                raise ValueError("the credential id is not the attested one")
            print(f"verified {websafe_encode(found.credential_id)} {found.aaguid}")
        except Exception as error:  # every failure of the verifier is a finding
            failures += 1
            print(f"refused: {type(error).__name__}: {error}")
    if not registrations:
        print("refused: nothing to verify")
    sys.exit(1 if failures or not registrations else 0)


main()
