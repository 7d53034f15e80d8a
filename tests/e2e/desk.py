#!/usr/bin/env python3
"""The desk clerk's whole job in the real window, driven over the accessibility bus.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/desk.py BINARY FOLDER

1. First start: nothing is configured, the operator chooses practice.
2. Person, key, register, touch, confirmed, row in registeredKeys.csv, hand-over.
3. The same against `practice-cloud` as an ordinary configured tenant, its secret in the keyring.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import csv
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from loopback import loopback_tenant, note_secret  # noqa: E402
from station import Station, environment  # noqa: E402

HEADER = ["#upn", "entraIDAuthMethodObjectId", "serialNumber", "PIN"]
MODEL = "YubiKey 5 NFC"
# Signed in by itself when practice begins.
OPERATOR = "Petra Lindqvist"


def choose_person(station, typed, full_name):
    station.type_into("Find a person", typed)
    station.click(full_name, contains=True)
    station.expect_text("May register")


def confirm_on_bench(station):
    """The practice company's first operator, who is signed in, proves it on the page."""
    station.click("Confirm in the browser")
    station.expect_text("sign-in page")
    station.click(OPERATOR, role="push button")


def set_passphrase(station):
    """For a station that signs in as an application; how to confirm with it."""
    passphrase = secrets.token_urlsafe(15)
    note_secret(passphrase)
    station.click("Settings")
    station.click("Security", role="page tab")
    station.type_into("New passphrase", passphrase)
    station.type_into("Repeat new passphrase", passphrase)
    station.click("Set passphrase")
    station.expect("Change passphrase")
    station.click("Desk")

    def confirm(station):
        station.type_into("Station passphrase", passphrase)
        station.click("Confirm")

    return confirm


def register_one(station, typed, full_name, confirm):
    """From the search box to the hand-over; the PIN that was revealed after a fresh proof."""
    choose_person(station, typed, full_name)
    station.click(f"Insert {MODEL}")
    station.expect_text("Model allowed")
    station.click("Register key")
    station.expect_text("Touch the key now")
    station.click("Touch")
    station.expect("Reveal PIN")
    station.click("Reveal PIN")
    station.expect_text("Needed to reveal PINs")
    assert shown_pin(station) is None, "the PIN shows before the proof"
    confirm(station)
    pin = station.wait(lambda: shown_pin(station), "the revealed PIN")
    note_secret(pin)
    return pin


def shown_pin(station):
    """The PIN alone is shown without gaps; serials and employee ids have them."""
    return next((text for text in station.texts() if re.fullmatch(r"\d{6}", text)), None)


def rows(folder):
    found = list(pathlib.Path(folder).rglob("registeredKeys.csv"))
    assert len(found) == 1, f"registeredKeys.csv: {found}"
    with open(found[0], newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    assert table[0] == HEADER, table[0]
    return table[1:]


def open_bench(station):
    if station.find(f"Insert {MODEL}") is None:
        station.click("Open bench", contains=True)
        station.expect(f"Insert {MODEL}")


def first_start(binary, folder):
    config, data = folder / "config", folder / "data"
    station = Station(binary, "--config", str(config), "--data", str(data), log=folder / "first.log")
    try:
        station.click("Practise with a simulated company")
        station.expect("Find a person")
        station.expect_text("PRACTICE")
        open_bench(station)
        pin = register_one(station, "elin", "Elin Bergström", confirm_on_bench)
        written = rows(data)
        assert len(written) == 1, written
        upn, method, serial, pin_cell = written[0]
        assert upn == "elin.bergstrom@larkfield.example", upn
        assert method and serial.isdigit() and pin_cell == "", (bool(method), serial)
        station.click("Next person")
        station.expect("Find a person")
        assert not any(pin in text for text in station.texts()), "the PIN is still on screen"
        check_history(binary, config, data)
        check_typed_pin_is_hidden(station)
        print("1 passed: first start, practice, one key")
    finally:
        station.close()


def check_typed_pin_is_hidden(station):
    """A typed PIN must not be readable on the accessibility bus."""
    typed = "8340592716"
    note_secret(typed)
    choose_person(station, "sean.obrien", "O'Brien")
    station.click("Typed by the person, twice")
    station.type_into("New PIN", typed)
    station.type_into("Repeat PIN", typed)
    time.sleep(0.5)
    assert not any(typed in text for text in station.texts()), "a typed PIN can be read on the bus"


def check_history(binary, config, data):
    result = subprocess.run(
        [binary, "--config", str(config), "--data", str(data / "practice"), "history", "verify"],
        capture_output=True, text=True, check=False,
    )
    output = result.stdout + result.stderr
    # The window holds the data folder; the check reads beside it.
    assert result.returncode == 0, output
    assert re.search(r"\d+ rows", output), output


def verify_elsewhere(registered):
    """What the program registered is verified by python-fido2 as well."""
    verifier = pathlib.Path(__file__).parent.parent / "foreign" / "verify.py"
    result = subprocess.run(
        [environment("KEYDESK_FOREIGN_PYTHON"), str(verifier)],
        input=json.dumps(registered), capture_output=True, text=True, check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def configured_tenant(binary, folder):
    config, data = folder / "config", folder / "data"
    with loopback_tenant(binary, folder) as base:
        station = Station(
            binary, "--config", str(config), "--data", str(data), "--virtual-keys",
            log=folder / "tenant.log",
        )
        try:
            station.expect("Find a person")
            station.expect_text("Loopback")
            assert station.find("PRACTICE", contains=True) is None
            confirm = set_passphrase(station)
            open_bench(station)
            register_one(station, "oskar", "Oskar Lindqvist", confirm)
            written = rows(data)
            assert len(written) == 1 and written[0][1], written
            seen = json.load(urllib.request.urlopen(f"{base}/_control"))
            assert [one["method_id"] for one in seen["registered"]] == [written[0][1]]
            verify_elsewhere(seen["registered"])
            print("2 passed: a configured tenant on loopback")
        finally:
            station.close()


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    for part in ("first", "tenant"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    environment("KEYDESK_DESKTOP_INSIDE")
    first_start(binary, folder / "first")
    configured_tenant(binary, folder / "tenant")
    print("2 passed, 0 failed")


if __name__ == "__main__":
    main()
