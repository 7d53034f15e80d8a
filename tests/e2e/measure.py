#!/usr/bin/env python3
"""Prints what the idle window costs: start to a usable window, CPU over 20 s, resident memory."""

import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from station import Station  # noqa: E402

IDLE_S = 20


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    begun = time.monotonic()
    station = Station(
        sys.argv[1], "--practice", "--config", str(folder / "c"), "--data", str(folder / "d"),
        log=folder / "log",
    )
    try:
        station.expect("Find a person")
        print(f"start to usable window  {time.monotonic() - begun:6.2f} s")
        time.sleep(5)
        before = cpu_s(station.process.pid)
        time.sleep(IDLE_S)
        print(f"idle CPU over {IDLE_S} s      {cpu_s(station.process.pid) - before:6.2f} s")
        print(f"resident memory         {rss_mb(station.process.pid):6.0f} MB")
    finally:
        station.close()


if __name__ == "__main__":
    main()
