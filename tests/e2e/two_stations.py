#!/usr/bin/env python3
"""Two stations of one company that share something: a caller is checked at one of them at a time.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/two_stations.py BINARY FOLDER [folder]

Two programs, each with files of its own, the practice company in a third process, and what they share: a
PostgreSQL server that this walk starts and ends, or with `folder` a folder.
1. A sends a code. B's window says that a check is open at another station, and B's click sends nothing.
2. A ends the check. B reads the caller again, sends, and the right code verifies.
3. A sends once more and is killed with SIGKILL; started again it lets go of the caller, and B can send.
4. The log has one row of each check that ended: cancelled, verified, interrupted. The folder has one file,
   which names neither the caller nor the number.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import contextlib
import json
import pathlib
import secrets
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from loopback import free_port, note_secret  # noqa: E402
from postgres import server  # noqa: E402
from signed_in_tenant import TENANT, Browser, configure, start_cloud  # noqa: E402
from station import PATIENCE_S, environment  # noqa: E402
from verify import CALLER, DIGITS, NAME, OPERATOR, SERVICES, Cloud, Desk, keep_secret  # noqa: E402

TABLES = pathlib.Path("src/services/check_log")
OPEN = "A check is open at another station"
ENDS = ["cancelled", "verified", "interrupted"]
REFUSED = "Another check of this caller is open, at another station"


def ready(log, password):
    log.run(f"CREATE ROLE keydesk LOGIN PASSWORD '{password}'")
    for table in ("postgresql.sql", "postgresql_open.sql"):
        log.run((TABLES / table).read_text(encoding="utf-8"))


def shares_folder(told, shared):
    """In the table of the services, before those below it."""
    table = "[tenants.verify]\n"
    assert told["verify"].startswith(table), "the services' table comes first"
    return told["verify"].replace(table, f'{table}stations = "folder"\nstations_folder = "{shared}"\n', 1)


def shares_log(told, log):
    return f"""{told['verify']}
[tenants.verify.log]
server = "postgresql"
host = "127.0.0.1"
port = {log.port}
database = "audit"
user = "keydesk"
table = "keydesk_checks"
"""


def configured(binary, folder, base, told, services, own):
    """The station's own name of the tenant keeps its secrets and sign-in apart from the other's."""
    name, password, secret = own
    folder.mkdir(parents=True)
    configure(folder, base, told, services)
    file = folder / "config" / "config.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f'name = "{TENANT}"', f'name = "{name}"'), encoding="utf-8")
    for kind in SERVICES:
        keep_secret(binary, folder, kind, secret, name)
    keep_secret(binary, folder, "check-log", password, name)


def signs_in(desk, browser, tenant):
    desk.station.expect_text(f"Sign in to {tenant}")
    desk.station.click("Sign in")
    browser.answer_as(OPERATOR)
    desk.station.expect("Find a person")
    desk.station.click("Verify")


def move_aside(desk, left, top):
    """A window that another one covers whole is not drawn, and says nothing new."""
    pid = str(desk.station.process.pid)
    search = ["xdotool", "search", "--onlyvisible", "--all", "--pid", pid, "--name", "^Keydesk$"]

    def shown():
        found = subprocess.run(
            search, check=False, timeout=PATIENCE_S, capture_output=True, text=True
        )
        return found.stdout.split()

    # It is on the accessibility bus a moment before it is on the screen.
    for window in desk.station.wait(shown, "the window on the screen"):
        subprocess.run(["xdotool", "windowmove", window, left, top], check=True, timeout=PATIENCE_S)


def finds(binary, desk):
    """By a link, as from a ticket: of two windows only one has the keyboard."""
    link = f"keydesk://verify?user={CALLER}"
    subprocess.run([binary, *desk.arguments, "open", link], check=True, timeout=PATIENCE_S)
    desk.station.expect_text(NAME)
    desk.station.expect_text("+46")


def sends(desk):
    desk.station.click("Send code")
    desk.waits_for_digits()


def reads_again(desk, wanted):
    """Until the page says so, or no more."""
    station = desk.station

    def seen():
        station.click("Read again")
        return wanted(station)

    station.wait(seen, "what the stations share")


def is_seen(binary, here, there, cloud):
    finds(binary, here)
    sends(here)
    sent = len(cloud.texts())
    finds(binary, there)
    there.station.expect_text(OPEN)
    send = there.station.find("Send code")
    if send is not None and there.station.can_be_clicked(send):
        there.station.click("Send code")
    there.station.expect_text(REFUSED)
    cloud.order(order="advance_clock", seconds=2)
    assert len(cloud.texts()) == max(sent, 1), "the second station sent a text"
    assert there.station.find(DIGITS) is None, "the second station waits for digits"
    print("1 passed: the other station sees it, says so, and sends nothing")


def is_free(here, there, cloud):
    here.station.click("Cancel the check")
    here.station.expect_text("Cancelled")
    reads_again(there, lambda station: station.find(OPEN, contains=True) is None)
    sends(there)
    there.types(cloud.code())
    there.station.expect_text("Verified until")
    there.station.click("Revoke")
    there.station.expect_text("Not verified any more")
    there.back_to_nobody()
    print("2 passed: once it ends there, it begins here")


def is_killed(binary, folder, here, there, browser):
    here.back_to_nobody()
    finds(binary, here)
    sends(here)
    finds(binary, there)
    there.station.expect_text(OPEN)
    here.station.process.send_signal(signal.SIGKILL)
    here.station.process.wait(10)
    here.station.close()
    again = Desk(binary, folder, "again.log")
    move_aside(again, "600", "400")
    again.station.expect_text("Locked")
    again.station.click("Unlock")
    browser.answer_as(OPERATOR)
    again.station.expect("Find a person")
    reads_again(there, lambda station: station.find(OPEN, contains=True) is None)
    sends(there)
    print("3 passed: a killed station lets go when it is back")
    return again


def is_written(log, desk):
    """One row of each check that ended, in the order they began; the last one is open still."""
    rows = f"SELECT outcome, agent, tenant FROM keydesk_checks WHERE person = '{CALLER}' ORDER BY begun_at"

    def all_three():
        found = log.run(rows).splitlines()
        return found if len(found) >= len(ENDS) else None

    found = [tuple(row.split("|")) for row in desk.station.wait(all_three, "the rows of both stations")]
    assert [row[0] for row in found] == ENDS, found
    assert all(row[1].endswith(f"({OPERATOR})") for row in found), found
    print("4 passed: each check stands in the log once, with its agent")


def is_kept(shared):
    """The last check is open still."""
    files = {path.name: path.read_text(encoding="utf-8") for path in shared.iterdir()}
    assert len(files) == 1, sorted(files)
    name, text = files.popitem()
    assert name.endswith(".open") and set(json.loads(text)) == {"station", "agent", "check", "until"}, name
    for part in (CALLER, NAME, "+46"):
        assert part.lower() not in (name + text).lower(), "something of the caller stands there"
    print("4 passed: one file is in the folder, with nothing of the caller")


@contextlib.contextmanager
def what_is_shared(folder, password):
    """How it stands in the settings, and how it is looked at in the end."""
    if sys.argv[3:] == ["folder"]:
        shared = folder.resolve() / "shared"
        shared.mkdir()
        yield (lambda told: shares_folder(told, shared)), (lambda _desk: is_kept(shared))
        return
    with server() as log:
        ready(log, password)
        yield (lambda told: shares_log(told, log)), (lambda desk: is_written(log, desk))


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2], "-".join(["two-stations", *sys.argv[3:]]))
    scratch = pathlib.Path(environment("KEYDESK_SCRATCH")) / f"{folder.name}-browser"
    scratch.mkdir()
    browser = Browser(scratch)
    secret, password = secrets.token_urlsafe(30), secrets.token_hex(20)
    note_secret(secret)
    folder.mkdir(parents=True)
    stations = {"Desk one": folder / "one", "Desk two": folder / "two"}
    base = f"http://127.0.0.1:{free_port()}"
    process, told = start_cloud(binary, folder, base, secret)
    cloud, desks = Cloud(base), []
    try:
        with what_is_shared(folder, password) as (services, ends_well):
            for name, files in stations.items():
                configured(binary, files, base, told, services(told), (name, password, secret))
                desks.append(Desk(binary, files, "first.log"))
                signs_in(desks[-1], browser, name)
            move_aside(desks[1], "300", "200")
            is_seen(binary, *desks, cloud)
            is_free(*desks, cloud)
            desks[0] = is_killed(binary, stations["Desk one"], *desks, browser)
            ends_well(desks[1])
    finally:
        for desk in desks:
            desk.station.close()
        process.kill()
        process.wait()
    print("4 passed, 0 failed")


if __name__ == "__main__":
    main()
