#!/usr/bin/env python3
"""A caller is checked in the real window, driven over the accessibility bus.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/verify.py BINARY FOLDER

1. The caller is found by the ticket, one click sends the code to the phone registered in the directory; a
   wrong code, then the right one: verified, and the private note is in the ticket.
2. A pass for that person: the screen honours it.
3. The desktop's own opener hands a signed link to the running window, which sends at once; the same link a
   second time, and one that is not signed, only fill the form.
4. The program is killed with SIGKILL while a check is open and the ticket system is away: at the next start
   the check is "interrupted", its note waits, and is written once the ticket system is back.
5. No code and no whole number on the accessibility bus, in the journal, the notes or the logs.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import hashlib
import hmac
import json
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from loopback import free_port, note_secret  # noqa: E402
from signed_in_tenant import TENANT, Browser, configure, start_cloud  # noqa: E402
from station import PATIENCE_S, Station, environment  # noqa: E402

OPERATOR = "petra.lindqvist@larkfield.example"
CALLER = "oskar.lindqvist@larkfield.example"
NAME = "Oskar Lindqvist"
TICKET = 2819
# Nothing was changed of them lately: a link to them sends by itself.
LINKED, LINKED_NAME, LINKED_TICKET = "elin.bergstrom@larkfield.example", "Elin Bergström", 2818
DIGITS = "Code that the caller reads out, 6 digits"
NUMBER = "701740613"
SERVICES = ("twilio", "halo", "authy", "duo")


class Cloud:
    """The practice company from outside."""

    def __init__(self, base):
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.codes = []

    def order(self, **order):
        body = json.dumps(order).encode()
        request = urllib.request.Request(
            f"{self.base}/_control", body, {"Content-Type": "application/json"}
        )
        self.opener.open(request, timeout=PATIENCE_S).close()

    def get(self, path=""):
        with self.opener.open(f"{self.base}/_control{path}", timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def texts(self, caller=CALLER):
        return self.get(f"/texts/{caller}")

    def code(self, caller=CALLER):
        """The newest code on the caller's phone, once the text is there."""
        self.order(order="advance_clock", seconds=2)
        code = re.search(r"\b[0-9]{6}\b", self.texts(caller)[-1]).group()
        note_secret(code)
        self.codes.append(code)
        return code

    def notes(self):
        return [note for note in self.get()["notes"] if note["ticket"] == TICKET and not note["deleted"]]


class Desk:
    """One run of the program."""

    def __init__(self, binary, folder, name):
        self.arguments = [
            "--config", str(folder / "config"), "--data", str(folder / "data"), "--virtual-keys",
        ]
        self.station = Station(binary, *self.arguments, log=folder / name)

    def waits_for_digits(self):
        self.station.expect(DIGITS)

    def types(self, digits):
        self.station.type_into(DIGITS, digits)

    def back_to_nobody(self):
        self.station.click("New caller")
        self.station.expect_text("Who is calling?")


def confirm(station, browser):
    station.expect_text("Confirm that it is you")
    station.click("Confirm in the browser")
    browser.answer_as(OPERATOR)


def keep_secret(binary, folder, kind, secret, tenant=TENANT):
    note_secret(secret)
    subprocess.run(
        [binary, "--config", folder / "config", "--data", folder / "data", "secret", "set", tenant,
         "--kind", kind],
        input=secret.encode(), check=True, stdout=subprocess.DEVNULL,
    )


def verifies(desk, cloud):
    station = desk.station
    station.click("Verify")
    station.type_into("Find a caller", f"INC{TICKET:07}")
    station.click(f"{TICKET}", contains=True)
    station.expect_text(NAME)
    station.click("Send code")
    desk.waits_for_digits()
    code = cloud.code()
    wrong = ("1" if code[0] == "0" else "0") + code[1:]
    desk.types(wrong)
    station.expect_text("Try 2 of 3")
    desk.types(code)
    station.expect_text("Verified until")
    station.wait(cloud.notes, "the note in the ticket")
    [note] = cloud.notes()
    assert note["private"] and "Verified" in note["text"], "the note is not as it must be"
    assert all(one not in note["text"] + note["html"] for one in (code, wrong, NUMBER)), "a note tells"
    print("1 passed: wrong code, right code, verified, private note")


def is_honoured(desk, cloud, browser):
    station = desk.station
    station.click("Phones")
    station.type_into("Find a person", NAME)
    station.click(NAME, contains=True)
    station.expect_text("Verified until")
    station.click("Issue pass")
    confirm(station, browser)
    station.wait(lambda: cloud.get()["passes"], "the pass in the directory")
    assert cloud.get()["passes"][0]["upn"] == CALLER
    print("2 passed: the pass screen honours it")


def signed_link(key):
    made, nonce = str(int(time.time())), secrets.token_hex(16)
    text = "".join(f"{part}\n" for part in ("keydesk-verify-1", LINKED_TICKET, "", "", made, nonce))
    tag = hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()
    return f"keydesk://verify?ticket={LINKED_TICKET}&t={made}&n={nonce}&s={tag}"


def opens_links(desk, cloud, binary, key):
    station = desk.station
    sent = len(cloud.texts(LINKED))
    subprocess.run(
        ["packaging/register-links", binary, *desk.arguments],
        check=True, stdout=subprocess.DEVNULL,
    )
    link = signed_link(key)
    # As a browser does: by the program that is registered for the scheme.
    subprocess.run(["gio", "open", link], check=True, timeout=PATIENCE_S)
    desk.waits_for_digits()
    cloud.order(order="advance_clock", seconds=2)
    assert len(cloud.texts(LINKED)) == sent + 1, "the signed link sent no text, or more than one"
    desk.types(cloud.code(LINKED))
    station.expect_text("Verified until")
    station.click("Revoke")
    station.wait(lambda: not station.find("Verified until", contains=True), "nobody verified")
    desk.back_to_nobody()
    for what in (link, f"keydesk://verify?ticket={LINKED_TICKET}"):
        open_link = [binary, *desk.arguments, "open", what]
        subprocess.run(open_link, check=True, timeout=PATIENCE_S)
        station.expect_text(LINKED_NAME)
        station.expect("Send code")
        cloud.order(order="advance_clock", seconds=2)
        assert len(cloud.texts(LINKED)) == sent + 1, "a link that is not fresh or not signed sent a text"
        desk.back_to_nobody()
    print("3 passed: the signed link sends once; the others fill the form")


def is_killed_and_comes_back(binary, folder, desk, cloud, browser):
    station = desk.station
    notes = len(cloud.notes())
    station.type_into("Find a caller", str(TICKET))
    station.click(f"{TICKET}", contains=True)
    station.click("Revoke")
    station.click("Send code")
    desk.waits_for_digits()
    cloud.code()
    tell_nothing(station, cloud)
    cloud.order(order="fail_next", path="/halo/api/actions", times=1000, effect={"kind": "cut_before"})
    station.process.send_signal(signal.SIGKILL)
    station.process.wait(10)
    station.close()
    desk = Desk(binary, folder, "second.log")
    station = desk.station
    station.expect_text("Locked")
    station.click("Unlock")
    browser.answer_as(OPERATOR)
    station.click("Verify")
    station.expect_text("1 note")
    assert len(cloud.notes()) == notes, "a note was written while the ticket system was away"
    cloud.order(order="end_faults")
    station.click("Send now")
    station.wait(lambda: len(cloud.notes()) == notes + 1, "the note of the interrupted check")
    assert "Interrupted" in cloud.notes()[-1]["text"]
    print("4 passed: interrupted, its note waited and was written once")
    return desk


def tell_nothing(station, cloud):
    texts = " ".join(station.texts())
    assert all(code not in texts for code in cloud.codes), "a code is on the accessibility bus"
    assert NUMBER not in texts.replace(" ", ""), "a number is on the accessibility bus"


def tells_nothing(folder, cloud):
    secret = [*cloud.codes, NUMBER, "70 174 06 13", "+46 701740613"]
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "cloud.log":
            content = file.read_bytes().decode("utf-8", "replace")
            found = [one for one in secret if re.search(rf"(?<![0-9A-Za-z.]){re.escape(one)}(?![0-9A-Za-z])", content)]
            assert not found, f"{len(found)} codes or numbers stand in {file.name}"
    print(f"5 passed: {len(cloud.codes)} codes and the number in no file and not on the bus")


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2]) / "verify"
    folder.mkdir(parents=True)
    scratch = pathlib.Path(environment("KEYDESK_SCRATCH")) / "verify-browser"
    scratch.mkdir()
    browser = Browser(scratch)
    secret, key = secrets.token_urlsafe(30), secrets.token_hex(32)
    base = f"http://127.0.0.1:{free_port()}"
    note_secret(secret)
    process, told = start_cloud(binary, folder, base, secret)
    cloud = Cloud(base)
    desk = None
    try:
        configure(folder, base, told, told["verify"])
        for kind in SERVICES:
            keep_secret(binary, folder, kind, secret)
        keep_secret(binary, folder, "verify-link", key)
        desk = Desk(binary, folder, "first.log")
        desk.station.expect_text(f"Sign in to {TENANT}")
        desk.station.click("Sign in")
        browser.answer_as(OPERATOR)
        desk.station.expect("Find a person")
        verifies(desk, cloud)
        is_honoured(desk, cloud, browser)
        desk.station.click("Verify")
        opens_links(desk, cloud, binary, key)
        desk = is_killed_and_comes_back(binary, folder, desk, cloud, browser)
        tell_nothing(desk.station, cloud)
    finally:
        if desk is not None:
            desk.station.close()
        process.kill()
        process.wait()
    tells_nothing(folder, cloud)
    print("5 passed, 0 failed")


if __name__ == "__main__":
    main()
