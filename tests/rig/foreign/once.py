"""Does one thing with the first security key through python-fido2, and ends: as `once` does.

    once.py info
    once.py set-pin < PIN
    once.py make < PIN
"""

import os
import sys

from fido2.ctap2 import Ctap2
from fido2.ctap2.pin import ClientPin
from fido2.hid import CtapHidDevice

RP_ID = "login.microsoft.com"


def make(ctap2, pin):
    client_pin = ClientPin(ctap2)
    token = client_pin.get_pin_token(pin, ClientPin.PERMISSION.MAKE_CREDENTIAL, RP_ID)
    client_data_hash = os.urandom(32)
    made = ctap2.make_credential(
        client_data_hash,
        {"id": RP_ID, "name": "Microsoft"},
        {"id": os.urandom(32), "name": "somebody@larkfield.example", "displayName": "Somebody new"},
        [{"type": "public-key", "alg": -7}],
        options={"rk": True},
        extensions={"credProtect": 3, "hmac-secret": True},
        pin_uv_param=client_pin.protocol.authenticate(token, client_data_hash),
        pin_uv_protocol=client_pin.protocol.VERSION,
    )
    print(made.auth_data.credential_data.credential_id.hex())


def main(task):
    device = next(CtapHidDevice.list_devices(), None)
    if device is None:
        sys.exit("no security key is plugged in")
    ctap2 = Ctap2(device)
    if task == "info":
        print(ctap2.info.aaguid)
        return
    pin = sys.stdin.readline().rstrip("\n")
    if task == "set-pin":
        ClientPin(ctap2).set_pin(pin)
    else:
        make(ctap2, pin)


if __name__ == "__main__":
    main(sys.argv[1])
