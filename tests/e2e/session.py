#!/usr/bin/env python3
"""A session of many keys in the real window, driven over the accessibility bus.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/session.py BINARY FOLDER

1. On a desktop without file dialogs the path of a list is typed: a wrong one is refused and stays to be
   mended, the right one is read. Then twenty people of a group are read and checked, and a session of
   them begun.
2. A colleague at the bench puts new keys into four slots, touches them and pulls them out: nobody
   touches mouse or keyboard any more.
3. In the middle of it the program is killed with SIGKILL. At the next start the session stands as it
   was; the colleague goes on until nobody is left.
   In the first half the program is silent; in the second, with sounds switched on, keys are heard as
   they are done.
4. `keydesk audit` finds that every person has exactly what the session says.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import csv
import os
import pathlib
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from desk import open_bench  # noqa: E402
from loopback import TENANT, loopback_tenant  # noqa: E402
from loudspeaker import Loudspeaker  # noqa: E402
from station import Atspi, Station, environment  # noqa: E402

GROUP = "Crowd"
COLLEAGUE = "A colleague works on the session's keys"
PEOPLE = 20
LISTED = 3
SLOTS = 4
LONG_S = 300


def start(binary, folder, name):
    station = Station(
        binary,
        *places(folder),
        "--virtual-keys",
        log=folder / name,
    )
    station.expect_text(TENANT)
    return station


def places(folder):
    return ["--config", str(folder / "config"), "--data", str(folder / "data")]


def colleague_works(station):
    if station.find(COLLEAGUE) is None:
        station.click("Open bench", contains=True)
    station.click(COLLEAGUE, role="check box")


def choose_a_list(station):
    """By its path. This desktop is our own and has no dialogs, unless a program that shows one is there."""
    if shutil.which("zenity"):
        print("Not run: zenity would show a dialog, so no path is typed")
        return
    users = [f"crowd{number:06}@larkfield.example" for number in range(LISTED)]
    (pathlib.Path.home() / "people of may.csv").write_text(
        "\n".join(["userPrincipalName", *users]) + "\n", encoding="utf-8"
    )
    station.click("Choose file…")
    station.expect_text("This desktop has no file dialog")
    assert not station.find("Open", role="push button").get_state_set().contains(
        Atspi.StateType.ENABLED
    ), "nothing is typed yet"
    station.type_into("Path", "~/people of mai.csv")
    station.click("Open", role="push button")
    station.expect_text("There is nothing like that")
    assert "~/people of mai.csv" in station.texts(), "what was typed is lost"
    station.type_into("Path", "~/people of may.csv")
    station.click("Open", role="push button")
    station.expect(f"Options for {LISTED} people", contains=True)
    assert station.find("Path") is None, "the dialog is still there"
    assert users[0] in station.texts(), "the list's people are not in the table"
    station.click("Other people")
    print("1: a wrong path was told, the right one read")


def begin(station):
    """With everybody of the group."""
    station.click("Bulk")
    choose_a_list(station)
    station.type_into("Find a group", GROUP)
    station.click(f"{GROUP}, ", role="push button", contains=True)
    station.click("Options for ", contains=True)
    station.click(f"Begin with {PEOPLE} people")
    station.expect("Pause")


def rows(folder):
    found = list((folder / "data").rglob("registeredKeys.csv"))
    if not found:
        return []
    with open(found[0], newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def wait_for_rows(station, folder, count):
    station.wait(lambda: len(rows(folder)) >= count, f"{count} keys in the list", LONG_S)


def first_half(binary, folder):
    station = start(binary, folder, "first.log")
    try:
        begin(station)
        colleague_works(station)
        wait_for_rows(station, folder, PEOPLE // 2)
        print(f"1 passed: {PEOPLE // 2} of {PEOPLE} keys without mouse and keyboard")
    finally:
        station.process.send_signal(signal.SIGKILL)
        station.process.wait(10)
        station.close()


def second_half(binary, folder):
    station = start(binary, folder, "second.log")
    try:
        station.click("Bulk")
        station.expect("Pause")
        colleague_works(station)
        station.wait(lambda: everybody_is_done(station), "nobody left", LONG_S)
        written = rows(folder)
        assert len(written) == PEOPLE, f"{len(written)} rows"
        assert len({row[0] for row in written}) == PEOPLE, "somebody is in the list twice"
        assert len({row[2] for row in written}) == PEOPLE, "a serial is in the list twice"
        print(f"2 passed: killed in the middle, {PEOPLE} keys for {PEOPLE} people")
        station.click("End session")
        station.click("End the session")
        station.expect("New session")
    finally:
        station.close()


def both_halves_heard(binary, folder):
    loudspeaker = Loudspeaker()
    try:
        first_half(binary, folder)
        assert loudspeaker.cues() == 0, "a sound, though sounds are off"
        with open(folder / "config" / "config.toml", "a", encoding="utf-8") as config:
            config.write("\n[appearance]\nsounds = true\n")
        second_half(binary, folder)
        cues = loudspeaker.cues()
    finally:
        loudspeaker.close()
    # One for each key, though two that follow each other at once count as one; and one for a key that
    # was put in as nobody was left any more.
    most = PEOPLE // 2 + SLOTS - 1
    assert 0 < cues <= most, f"{cues} sounds for {PEOPLE // 2} keys"
    print(f"3 passed: silent at first; {cues} sounds for {PEOPLE // 2} keys once switched on")


def audit(binary, folder):
    result = subprocess.run(
        [binary, "audit", *places(folder)], capture_output=True, text=True, check=False
    )
    output = result.stdout + result.stderr
    (folder / "audit.txt").write_text(output, encoding="utf-8")
    assert result.returncode == 0, output
    print("4 passed: journal and directory agree")


def main(binary, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    environment("KEYDESK_DESKTOP_INSIDE")
    with loopback_tenant(binary, folder, "--crowd", str(PEOPLE)):
        if os.environ.get("KEYDESK_SOUNDS") == "1":
            both_halves_heard(binary, folder)
        else:
            first_half(binary, folder)
            second_half(binary, folder)
            print("3 skipped: without KEYDESK_SOUNDS=1 nobody listens")
        audit(binary, folder)
    print("4 passed, 0 failed")


def everybody_is_done(station):
    texts = station.texts()
    return f"{PEOPLE} Done" in texts and "0 Left" in texts


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
