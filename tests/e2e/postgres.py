"""A PostgreSQL server of a test's own, in a folder that vanishes with it."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from loopback import free_port
from station import PATIENCE_S

# Whom the server runs as where root runs the test: initdb refuses root.
NOBODY = 65534


def program(name):
    """Debian keeps the server's programs out of everybody's way."""
    debian = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = debian[-1] if debian else shutil.which(name)
    if not found:
        raise SystemExit(f"{name} is missing; packaging/test installs PostgreSQL")
    return str(found)


class Server:
    """Listens on loopback, and trusts its owner on a socket in its folder."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.who = {}
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            self.who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        data = str(folder / "data")
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "cwd": folder}
        subprocess.run(
            [program("initdb"), "-U", "owner", "--auth-local=trust", "--auth-host=scram-sha-256",
             "-E", "UTF8", "--no-sync", "-D", data],
            check=True, env={"LC_ALL": "C.UTF-8"}, **quiet, **self.who,
        )
        self.process = subprocess.Popen(
            [program("postgres"), "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1",
             "-p", str(self.port), "-k", str(folder), "-D", data],
            stderr=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8"}, **quiet, **self.who,
        )

    def run(self, statements, database="audit"):
        """As the owner; the statements are told to nobody but the server."""
        return subprocess.run(
            [program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder),
             "-p", str(self.port), "-U", "owner", "-d", database],
            input=statements, check=True, text=True, capture_output=True,
        ).stdout.strip()

    def until_ready(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError("the server ended")
            with contextlib.suppress(subprocess.CalledProcessError):
                self.run("SELECT 1", "postgres")
                return
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self):
        """This server and nothing else."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def server():
    """One with an empty database `audit`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        started = Server(pathlib.Path(folder))
        try:
            started.until_ready()
            started.run("CREATE DATABASE audit", "postgres")
            yield started
        finally:
            started.stop()
