#!/usr/bin/env python3
"""The Debian package as somebody who installs it meets it.

    tests/e2e/with-desktop /usr/bin/python3 tests/e2e/package.py PACKAGE FOLDER

1. apt would install it here: its dependencies are all there, and its files are where they belong.
2. Unpacked, its program starts in practice; the desktop opens keydesk:// links with it, and a link goes
   into the window that runs: filled in, nothing sent.
FOLDER receives the log, so that it can be searched for secrets afterwards.
"""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from station import PATIENCE_S, Station, environment  # noqa: E402

FILES = (
    "usr/bin/keydesk",
    "usr/lib/udev/rules.d/70-keydesk.rules",
    "usr/share/applications/keydesk.desktop",
    "usr/share/doc/keydesk/README.md",
    "usr/share/doc/keydesk/copyright",
    "usr/share/icons/hicolor/256x256/apps/keydesk.png",
    "usr/share/icons/hicolor/scalable/apps/keydesk.svg",
)
CALLER = "oskar.lindqvist@larkfield.example"


def told(*command):
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S)
    return done.stdout


def can_be_installed(package, root):
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    # Everything the window needs is installed for these tests: nothing else may come along.
    plan = told("apt-get", "-s", "--no-install-recommends", "install", str(package.resolve()))
    changes = [line.split()[1] for line in plan.splitlines() if line.startswith(("Inst ", "Remv "))]
    assert changes == ["keydesk"], f"with the package go {changes}"
    subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    for file in FILES:
        assert (root / file).is_file(), f"the package lacks {file}"
    depends = told("dpkg-deb", "-f", package, "Depends")
    for library in ("libc6", "libpcsclite1", "libxkbcommon-x11-0"):
        assert library in depends, f"the package does not depend on {library}: {depends}"
    print("1 passed: apt takes it and nothing else, and everything is in its place")


def opens_links(root, folder):
    applications = root / "usr/share/applications"
    # As dpkg's trigger does after an installation.
    subprocess.run(["update-desktop-database", applications], check=True)
    os.environ["XDG_DATA_DIRS"] = f"{root}/usr/share:/usr/local/share:/usr/share"
    os.environ["PATH"] = f"{root}/usr/bin:{os.environ['PATH']}"
    opened_by = told("gio", "mime", "x-scheme-handler/keydesk")
    assert "keydesk.desktop" in opened_by.splitlines()[0], opened_by
    station = Station("keydesk", "--practice", log=folder / "window.log")
    try:
        station.expect("Find a person")
        subprocess.run(
            ["gio", "open", f"keydesk://verify?user={CALLER}"], check=True, timeout=PATIENCE_S
        )
        station.expect_text("Oskar Lindqvist")
        station.expect("Send code")
    finally:
        station.close()
    print("2 passed: a link goes into the window of the package's program")


def main():
    package, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) / "package"
    folder.mkdir(parents=True)
    root = pathlib.Path(environment("KEYDESK_SCRATCH")) / "root"
    can_be_installed(package, root)
    opens_links(root, folder)
    print("2 passed, 0 failed")


if __name__ == "__main__":
    main()
