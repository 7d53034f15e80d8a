#!/usr/bin/env python3
"""Who is at the desk, in the real window, driven over the accessibility bus.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/operators.py BINARY FOLDER

1. Practice signs its first operator in by itself; sign-out; sign-in as another one on the bench.
2. A sensitive act is refused when the page is denied or another person confirms, and done after
   the operator's own proof.
3. Ctrl+L locks; the locked window tells of no person, key or PIN; another person does not unlock it,
   the operator does.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from desk import MODEL, note_secret, open_bench, choose_person, shown_pin  # noqa: E402
from station import Station, environment  # noqa: E402

FIRST, OTHER = "Petra Lindqvist", "Omar Haddad"
PERSON = "Elin Bergström"
CONFIRM = "Confirm in the browser"


def expect_operator(station, name):
    station.expect_text(f"Operator: {name}")


def choose_account(station, name):
    station.expect_text("sign-in page")
    station.click(name, role="push button")


def signs_in_and_out(station):
    station.click("Practise with a simulated company")
    station.expect("Find a person")
    expect_operator(station, FIRST)
    station.click(f"Operator: {FIRST}", contains=True)
    station.click("Sign out")
    station.expect_text("Sign in to ")
    assert station.find("Find a person") is None, "the desk is open without an operator"
    station.click("Sign in")
    choose_account(station, OTHER)
    expect_operator(station, OTHER)
    station.expect("Find a person")
    print("1 passed: signed in by itself, out, and in as somebody else")


def registers(station):
    open_bench(station)
    choose_person(station, "elin", PERSON)
    station.click(f"Insert {MODEL}")
    station.expect_text("Model allowed")
    station.click("Register key")
    station.expect_text("Touch the key now")
    station.click("Touch")
    station.expect("Reveal PIN")


def confirms(station):
    registers(station)
    station.click("Reveal PIN")
    station.expect_text("Confirm that it is you")
    station.click(CONFIRM)
    station.expect_text("sign-in page")
    station.click("Deny")
    station.expect(CONFIRM)
    assert shown_pin(station) is None, "a denied proof showed the PIN"
    station.click(CONFIRM)
    choose_account(station, FIRST)
    station.expect_text(f"{FIRST} confirmed, but {OTHER} is signed in")
    assert shown_pin(station) is None, "another person's proof showed the PIN"
    station.click(CONFIRM)
    choose_account(station, OTHER)
    pin = station.wait(lambda: shown_pin(station), "the revealed PIN")
    note_secret(pin)
    station.expect_text("Confirmed for: reveal PINs until")
    print("2 passed: step-up denied, refused for another person, granted")
    return pin


def press(keys):
    """On the keyboard; without a window manager the window has to be given it first."""
    command = ["xdotool", "search", "--name", "^Keydesk$", "windowfocus", "--sync", "key", keys]
    subprocess.run(command, check=True)


def everything(station):
    return "\n".join(station.texts())


def locks(station, pin):
    serials = [text for text in station.texts() if text.startswith("Slot ")]
    assert serials, "the strip shows no key before"
    assert PERSON in everything(station)
    press("ctrl+l")
    station.expect("Locked")
    time.sleep(0.3)
    told = everything(station)
    for name in (PERSON, FIRST, "elin.bergstrom", "Bergström", pin, MODEL, "Slot "):
        assert name not in told, f"the locked window tells {name!r}:\n{told}"
    station.click("Unlock")
    choose_account(station, FIRST)
    station.expect_text(f"{OTHER} is signed in")
    station.expect("Locked")
    station.click("Unlock")
    choose_account(station, OTHER)
    station.expect("Next person")
    told = everything(station)
    assert PERSON in told, "the desk is as it was"
    assert pin not in told and "Confirmed for" not in told, "a PIN or a proof outlived the lock"
    print("3 passed: locked with Ctrl+L, told nothing, opened by its operator only")


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2]) / "operators"
    folder.mkdir(parents=True, exist_ok=True)
    environment("KEYDESK_DESKTOP_INSIDE")
    config, data = folder / "config", folder / "data"
    arguments = ("--config", str(config), "--data", str(data))
    station = Station(binary, *arguments, log=folder / "operators.log")
    try:
        signs_in_and_out(station)
        pin = confirms(station)
        locks(station, pin)
    finally:
        station.close()
    print("3 passed, 0 failed")


if __name__ == "__main__":
    main()
