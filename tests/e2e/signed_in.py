#!/usr/bin/env python3
"""An operator of a configured tenant in the real window: the system's browser, keyring and screen.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/signed_in.py BINARY FOLDER

1. "Sign in" opens the system's browser (a program named xdg-open that hands the address to this test);
   the refresh token is in the real keyring.
2. The program is killed and started again: locked, and opened by the same person only.
3. The computer's own screen is locked (the session bus says so): the station locks with it.
4. logind says so: another person's session is none of the station's, its own user's is.
5. "Sign out" takes the refresh token out of the keyring.
6. A keyring that is locked meanwhile can't keep the next sign-in, and the window says so.
7. Started again with the keyring locked: the window says why nobody is back, and signs in anew.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import pathlib
import secrets
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from loopback import free_port, note_secret  # noqa: E402
from login1 import ANOTHERS, OURS, SystemBus  # noqa: E402
from signed_in_tenant import TENANT, Browser, configure, start_cloud  # noqa: E402
from station import PATIENCE_S, Station, environment  # noqa: E402

PETRA, OMAR = "petra.lindqvist@larkfield.example", "omar.haddad@larkfield.example"


def kept_token():
    """The refresh token as the desktop's own tool finds it."""
    answer = subprocess.run(
        ["secret-tool", "lookup", "service", "keydesk", "username", f"refresh-token/{TENANT}"],
        capture_output=True, text=True, check=False,
    )
    token = answer.stdout.strip()
    if token:
        note_secret(token)
    return token


def wait_for(probe, what):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if probe():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


def bus(*arguments):
    subprocess.run(["dbus-send", "--session", *arguments], check=True, stdout=subprocess.DEVNULL)


def signs_in(station, browser):
    station.expect_text(f"Sign in to {TENANT}")
    station.click("Sign in")
    browser.answer_as(PETRA)
    station.expect("Find a person")
    station.expect_text("Operator: Petra Lindqvist")
    wait_for(kept_token, "a refresh token in the keyring")
    print("1 passed: signed in with the system's browser, kept in the keyring")


def comes_back_locked(station, browser):
    station.expect_text("Locked")
    assert station.find("Find a person") is None, "the desk is open after a restart"
    station.click("Unlock")
    browser.answer_as(OMAR)
    station.expect_text("Omar Haddad")
    assert station.find("Find a person") is None, "somebody else unlocked the station"
    station.click("Unlock")
    browser.answer_as(PETRA)
    station.expect("Find a person")
    print("2 passed: locked after a kill, opened by the same person only")


def locks_with_the_screen(station, browser):
    bus("--type=signal", "/org/freedesktop/ScreenSaver",
        "org.freedesktop.ScreenSaver.ActiveChanged", "boolean:true")
    station.expect_text("Locked")
    station.wait(lambda: station.find("Find a person") is None, "the desk is gone")
    station.click("Unlock")
    browser.answer_as(PETRA)
    station.expect("Find a person")
    print("3 passed: locked with the computer's screen")


def locks_with_the_session(station, browser, system):
    system.lock(ANOTHERS)
    for _ in range(20):
        assert station.find("Unlock") is None, "another person's screen locked the station"
        time.sleep(0.1)
    system.lock(OURS)
    station.expect_text("Locked")
    station.click("Unlock")
    browser.answer_as(PETRA)
    station.expect("Find a person")
    print("4 passed: locked with its own user's session, not with another's")


def signs_out(station):
    station.click("Operator: Petra Lindqvist", contains=True)
    station.click("Sign out")
    station.expect_text(f"Sign in to {TENANT}")
    wait_for(lambda: not kept_token(), "no refresh token in the keyring")
    print("5 passed: signed out, nothing left in the keyring")


def says_that_it_is_not_kept(station, browser):
    bus("--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service.Lock",
        "array:objpath:/org/freedesktop/secrets/collection/login")
    station.click("Sign in")
    browser.answer_as(PETRA)
    station.expect("Find a person")
    station.expect_text("Your sign-in can't be kept", patience=2 * PATIENCE_S)
    print("6 passed: a locked keyring is told, and the work goes on")


def says_that_it_is_not_read(station, browser):
    station.expect_text("The OS keyring is locked", patience=2 * PATIENCE_S)
    station.click("Sign in")
    browser.answer_as(PETRA)
    station.expect("Find a person")
    print("7 passed: a keyring that is locked at the start is told, and signing in works")


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2]) / "signed-in"
    folder.mkdir(parents=True)
    scratch = pathlib.Path(environment("KEYDESK_SCRATCH")) / "browser"
    scratch.mkdir()
    browser = Browser(scratch)
    system = SystemBus()
    secret = secrets.token_urlsafe(30)
    note_secret(secret)
    base = f"http://127.0.0.1:{free_port()}"
    cloud, told = start_cloud(binary, folder, base, secret)
    station = None

    def started():
        return Station(
            binary, "--config", str(folder / "config"), "--data", str(folder / "data"),
            "--virtual-keys", log=folder / "window.log",
        )

    try:
        configure(folder, base, told)
        station = started()
        signs_in(station, browser)
        station.process.kill()
        station.process.wait()
        station = started()
        comes_back_locked(station, browser)
        locks_with_the_screen(station, browser)
        locks_with_the_session(station, browser, system)
        signs_out(station)
        says_that_it_is_not_kept(station, browser)
        station.process.kill()
        station.process.wait()
        station = started()
        says_that_it_is_not_read(station, browser)
    finally:
        if station is not None:
            station.close()
        cloud.kill()
        cloud.wait()
        system.close()
    print("7 passed, 0 failed")


if __name__ == "__main__":
    main()
