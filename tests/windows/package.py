#!/usr/bin/env python3
"""The Windows package as somebody who installs it meets it, under wine: packaging/test-windows.

    tests/windows/package.py PACKAGE

1. It installs silently; its files, Start menu entry and keydesk:// links are there.
2. Its program prints to whoever started it, and fails with a code of its own.
3. The Start menu's program opens the practice window, with no other.
4. A link goes into that window: given by another start, and as the desktop opens it.
5. Without a window a link opens one.
6. Removed, nothing of it is left but what it wrote for its user.
"""

import os
import pathlib
import subprocess
import sys
import time

PATIENCE_S = 180
INSTALLED = r"C:\Program Files\Keydesk"
PROGRAM = INSTALLED + r"\keydesk.exe"
WINDOW_PROGRAM = INSTALLED + r"\keydeskw.exe"
FILES = {"keydesk.exe", "keydeskw.exe", "README.md", "LICENSE-MIT.txt", "LICENSE-APACHE.txt"}
LINKS = r"HKLM\Software\Classes\keydesk"
OWN = r"HKLM\Software\Keydesk"
LINK = "keydesk://verify?user=oskar.lindqvist@larkfield.example"
LISTENS = "links are taken over"
TAKEN = "a link was taken over"

drive = pathlib.Path(os.environ["WINEPREFIX"]) / "drive_c"


def wine(*command):
    return subprocess.run(["wine", *command], capture_output=True, text=True, timeout=PATIENCE_S)


def told(*command):
    done = wine(*command)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def begin(*command):
    # What it starts may live on, and under wine keeps what this would read from.
    command = ["wine", *command]
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=quiet, stderr=quiet, timeout=PATIENCE_S)


def until(what, happens):
    end = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.2)


def windows():
    command = ["xdotool", "search", "--onlyvisible", "--all", "--name", "^Keydesk$"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


def running():
    """Programs of that name; wine's tasklist lists none."""
    names = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            names.append((process / "cmdline").read_bytes().split(b"\0")[0].decode())
        except OSError:
            continue  # it has ended
    return names.count(PROGRAM)


def log():
    found = list(drive.glob("users/*/AppData/Local/Keydesk/data/keydesk.log"))
    return found[0].read_text() if found else ""


def close():
    # As the window's own button does.
    told("taskkill", "/im", "keydesk.exe")
    until("the window closes", lambda: not windows() and running() == 0)


def installs(package):
    told("msiexec", "/i", package, "/qn")
    folder = drive / "Program Files" / "Keydesk"
    assert {file.name for file in folder.iterdir()} == FILES, list(folder.iterdir())
    assert list(drive.glob("**/Start Menu/**/Keydesk.lnk")), "there is no Start menu entry"
    links = told("reg", "query", LINKS, "/s")
    assert f'"{WINDOW_PROGRAM}" open "%1"' in links, links
    assert "URL Protocol" in links, links
    print("1 passed: it installs, with its files, Start menu entry and links")


def prints():
    assert told(PROGRAM, "--version").startswith("keydesk "), "no version"
    unknown = wine(PROGRAM, "secret", "set", "nobody")
    assert unknown.returncode != 0 and unknown.stderr.strip(), unknown
    print("2 passed: subcommands print, and their exit codes arrive")


def opens_window():
    begin(WINDOW_PROGRAM, "--practice")
    until("the window opens", windows)
    until("the window listens", lambda: LISTENS in log())
    assert len(windows()) == 1 and running() == 1, f"{windows()}, {running()} programs"
    print("3 passed: the practice window opens")


def takes_links():
    told(PROGRAM, "open", LINK)
    assert log().count(TAKEN) == 1, log()
    begin("start", LINK)
    until("the desktop's link arrives", lambda: log().count(TAKEN) == 2)
    until("only the window's program is left", lambda: running() == 1)
    assert len(windows()) == 1, windows()
    close()
    print("4 passed: links go into the open window")


def opens_one():
    listening = log().count(LISTENS)
    begin("start", LINK)
    until("a window opens", windows)
    until("it listens", lambda: log().count(LISTENS) == listening + 1)
    assert log().count(TAKEN) == 2, "nobody was there to take it"
    close()
    print("5 passed: without a window a link opens one")


def goes(package):
    told("msiexec", "/x", package, "/qn")
    left = [path for path in drive.glob("Program*/**/*") if "keydesk" in path.name.lower()]
    left += drive.glob("**/Keydesk.lnk")
    assert not left, f"left behind: {left}"
    for key in (LINKS, OWN):
        assert wine("reg", "query", key).returncode != 0, f"left behind: {key}"
    assert log(), "the user's data is gone"
    print("6 passed: removed, nothing of it is left but its user's data")


def main():
    package = sys.argv[1]
    installs(package)
    prints()
    opens_window()
    takes_links()
    opens_one()
    goes(package)
    print("6 passed, 0 failed")


main()
