#!/usr/bin/env python3
"""Phones of two hundred people in the real window, driven over the accessibility bus.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/phones.py BINARY FOLDER

1. A pasted list is planned: nothing is written. Two rows are corrected in the plan.
2. It is applied after the operator's own proof, and the program killed with SIGKILL in the middle.
3. At the next start the job stands as it was; it asks for a proof again, goes on, and no row is
   written twice.
4. Undo is a plan of its own; applied, everybody is as before.
5. No number is in whole in the log or in what the program wrote.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import json
import pathlib
import re
import secrets
import signal
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from loopback import free_port, note_secret  # noqa: E402
from signed_in_tenant import TENANT, Browser, configure, start_cloud  # noqa: E402
from station import PATIENCE_S, Station, environment  # noqa: E402

OPERATOR = "petra.lindqvist@larkfield.example"
PEOPLE = 200
WRONG = {40: "070-174 06", 41: "0701-74 0a"}
# Slow enough to be killed in the middle, with the quota as the service has it, made smaller.
LATENCY_MS = 120
WRITES, PER_S = 60, 6


def number(place):
    return f"070174{place:04}"


def entra(place):
    return f"+46 70174{place:04}"


def pasted():
    rows = [f"crowd{place:06}@larkfield.example,{WRONG.get(place, number(place))}"
            for place in range(PEOPLE)]
    return "userPrincipalName,mobile\n" + "\n".join(rows) + "\n"


class Cloud:
    """The practice cloud from outside."""

    def __init__(self, base):
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def order(self, **order):
        body = json.dumps(order).encode()
        request = urllib.request.Request(
            f"{self.base}/_control", body, {"Content-Type": "application/json"}
        )
        self.opener.open(request, timeout=PATIENCE_S).close()

    def observed(self):
        with self.opener.open(f"{self.base}/_control", timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def phones(self):
        """What is registered for each of the people, as the cloud tells it: hashed."""
        told = {}
        for place in range(PEOPLE):
            upn = f"crowd{place:06}@larkfield.example"
            with self.opener.open(f"{self.base}/_control/phones/{upn}", timeout=PATIENCE_S) as answer:
                told[upn] = sorted((phone["kind"], phone["sha256"]) for phone in json.load(answer))
        return told

    def writes(self):
        """How often each person's phones were written with success."""
        counts = {}
        for call in self.observed()["received"]:
            if "phoneMethods" in call["path"] and call["method"] != "GET" and call["status"] < 300:
                person = call["path"].split("/users/")[1].split("/")[0]
                counts[person] = counts.get(person, 0) + 1
        return counts


def start(binary, folder, name):
    return Station(
        binary, "--config", str(folder / "config"), "--data", str(folder / "data"),
        "--virtual-keys", log=folder / name,
    )


def confirm(station, browser):
    station.expect_text("Confirm that it is you")
    station.click("Confirm in the browser")
    browser.answer_as(OPERATOR)


def plans(station, cloud):
    station.click("Phones")
    station.click("Many")
    station.type_into("Pasted list", pasted())
    station.click("Use this list")
    station.click("Make plan", contains=True)
    station.expect_text("Nothing written yet")
    station.expect_text(f"All {PEOPLE}")
    station.expect_text(f"Invalid {len(WRONG)}")
    assert cloud.writes() == {}, "something was written before the plan was applied"
    for place in WRONG:
        correct(station, place)
    station.wait(lambda: station.find("Invalid 0", contains=True), "no invalid row")
    print(f"1 passed: {PEOPLE} people planned, {len(WRONG)} corrected, nothing written")


def correct(station, place):
    station.type_into("Find in plan", f"crowd{place:06}")
    station.wait(lambda: shown_rows(station) == [f"crowd{place:06}"], "that row alone")
    station.click("Correct the selected row")
    station.type_into("Corrected number", number(place))
    station.click("Use this number")
    station.expect("Correct the selected row")
    station.type_into("Find in plan", "")


def shown_rows(station):
    """User names of the rows in sight."""
    found = (re.search(r"(crowd[0-9]{6})@", text) for text in station.texts())
    return [match.group(1) for match in found if match]


def is_killed_in_the_middle(station, cloud, browser):
    station.click(f"Apply {PEOPLE} changes")
    confirm(station, browser)
    station.wait(lambda: len(cloud.writes()) >= PEOPLE // 4, "a quarter of the rows", 120)
    station.process.send_signal(signal.SIGKILL)
    station.process.wait(10)
    station.close()
    done = len(cloud.writes())
    assert done < PEOPLE, "it was killed too late to be in the middle"
    print(f"2 passed: killed after {done} of {PEOPLE} writes")


def goes_on(station, cloud, browser):
    station.expect_text("Locked")
    station.click("Unlock")
    browser.answer_as(OPERATOR)
    station.expect("Find a person")
    station.click("Phones")
    station.click("Many")
    station.click("Go on")
    confirm(station, browser)
    station.expect("Undo as plan", patience=240)
    counts = cloud.writes()
    assert len(counts) == PEOPLE, f"{len(counts)} people were written"
    twice = sum(1 for count in counts.values() if count > 1)
    assert twice == 0, f"{twice} people were written twice"
    print(f"3 passed: went on, {PEOPLE} rows, none twice")


def takes_back(station, cloud, before):
    station.click("Undo as plan")
    station.click(f"Apply {PEOPLE} changes", contains=False)
    station.wait(
        lambda: sum(cloud.writes().values()) == 2 * PEOPLE, "everything taken back", 240
    )
    station.expect("Close", patience=240)
    after = cloud.phones()
    wrong = sum(1 for person in before if before[person] != after.get(person))
    assert wrong == 0, f"{wrong} people are not as before"
    print("4 passed: taken back, everybody is as before")


def tells_no_number(folder):
    numbers = [entra(place) for place in range(PEOPLE)] + [number(place) for place in range(PEOPLE)]
    compact = [one.replace(" ", "") for one in numbers]
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes().decode("utf-8", "replace")
            found = sum(1 for one in [*numbers, *compact] if one in content)
            assert found == 0, f"{file.name} has {found} numbers in it"
    print("5 passed: no number in any file")


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2]) / "phones"
    folder.mkdir(parents=True)
    scratch = pathlib.Path(environment("KEYDESK_SCRATCH")) / "phones-browser"
    scratch.mkdir()
    browser = Browser(scratch)
    secret = secrets.token_urlsafe(30)
    note_secret(secret)
    base = f"http://127.0.0.1:{free_port()}"
    process, told = start_cloud(binary, folder, base, secret, "--crowd", str(PEOPLE))
    cloud = Cloud(base)
    cloud.order(order="latency", ms=LATENCY_MS)
    cloud.order(order="write_quota", writes=WRITES, per_s=PER_S)
    station = None
    try:
        configure(folder, base, told, '[tenants.phones]\ndefault_country = "SE"\n')
        station = start(binary, folder, "first.log")
        station.expect_text(f"Sign in to {TENANT}")
        station.click("Sign in")
        browser.answer_as(OPERATOR)
        station.expect("Find a person")
        before = cloud.phones()
        plans(station, cloud)
        is_killed_in_the_middle(station, cloud, browser)
        station = start(binary, folder, "second.log")
        goes_on(station, cloud, browser)
        takes_back(station, cloud, before)
    finally:
        if station is not None:
            station.close()
        process.kill()
        process.wait()
    tells_no_number(folder)
    print("5 passed, 0 failed")


if __name__ == "__main__":
    main()
