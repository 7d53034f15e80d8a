#!/usr/bin/env python3
"""A key that tells no serial and is put in a second time, in the real window, driven over the
accessibility bus.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/recognised.py BINARY FOLDER

1. In a session a key without a serial is made and handed over; put in again, it is named as its
   person's and not used, whatever the operator wants.
2. In the next session it can be used all the same, after a proof: the slot says that the key can't be
   checked before its reset, and resets it once that is answered and the key is put in again. The next
   person gets it.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from desk import open_bench, set_passphrase  # noqa: E402
from loopback import TENANT, loopback_tenant  # noqa: E402
from session import GROUP, rows  # noqa: E402
from station import Station, environment  # noqa: E402

PEOPLE = 3
INSERT = "Insert Security Key NFC"


def begin(station, people):
    station.click("Bulk")
    station.type_into("Find a group", GROUP)
    station.click(f"{GROUP}, ", role="push button", contains=True)
    station.click("Options for ", contains=True)
    station.click(f"Begin with {people} people")
    station.expect("Pause")


def touch(station):
    station.expect_text(": Touch now")
    station.click("Touch")


def pull_out(station):
    station.click("Pull out")
    station.expect(INSERT)


def make(station, folder, count):
    touch(station)
    station.expect_text("Remove and label")
    pull_out(station)
    station.wait(lambda: len(rows(folder)) == count, f"{count} keys in the list")


def is_named(station, folder):
    station.click(INSERT)
    make(station, folder, 1)
    station.click(INSERT)
    station.expect_text("Slot 1: Not used. Made for ")
    for answer in ("Use it anyway", "Reset and use it"):
        assert station.find(answer, contains=True) is None, "it can be taken from its person"
    assert len(rows(folder)) == 1
    print("1 passed: a key put in again is named as its person's")


def another_session(station):
    station.click("End session")
    station.click("End the session")
    station.click("New session")
    begin(station, PEOPLE - 1)


def is_reset_at_the_operators_word(station, folder, confirm):
    station.expect_text("Slot 1: Not used. Made before for ")
    station.click("Reset and use it, slot 1")
    confirm(station)
    station.expect_text("Failed. Whose key this is can't be checked")
    station.click("Reset key, slot 1")
    station.expect_text(": Plug in again")
    pull_out(station)
    station.click(INSERT)
    # One touch for the reset, one for the credential.
    touch(station)
    station.wait(lambda: station.find("Slot 1, ", contains=True), "the slot's person")
    make(station, folder, 2)
    assert len({row[0] for row in rows(folder)}) == 2, "somebody is in the list twice"
    print("2 passed: an unchecked key is reset at the operator's word alone")


def main(binary, folder):
    folder = pathlib.Path(folder) / "recognised"
    folder.mkdir(parents=True, exist_ok=True)
    environment("KEYDESK_DESKTOP_INSIDE")
    places = ["--config", str(folder / "config"), "--data", str(folder / "data")]
    with loopback_tenant(binary, folder, "--crowd", str(PEOPLE)):
        station = Station(binary, *places, "--virtual-keys", log=folder / "window.log")
        try:
            station.expect_text(TENANT)
            confirm = set_passphrase(station)
            begin(station, PEOPLE)
            open_bench(station)
            is_named(station, folder)
            another_session(station)
            is_reset_at_the_operators_word(station, folder, confirm)
        finally:
            station.close()
    print("2 passed, 0 failed")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
