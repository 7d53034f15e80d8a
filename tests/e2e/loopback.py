"""The practice cloud as an ordinary configured tenant: a process of its own on loopback, its secret in
the keyring."""

import contextlib
import json
import os
import secrets
import socket
import subprocess

TENANT = "Loopback"


def note_secret(text):
    """Written where the last step of the tests reads what must stand nowhere else."""
    with open(os.environ["KEYDESK_TEST_SECRETS"], "a", encoding="utf-8") as file:
        file.write(text + "\n")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def loopback_tenant(binary, folder, *options):
    """Runs the cloud with these options and configures the station in `folder` for it; its address."""
    (folder / "config").mkdir()
    secret = secrets.token_urlsafe(30)
    note_secret(secret)
    base = f"http://127.0.0.1:{free_port()}"
    listen = base.removeprefix("http://")
    with open(folder / "cloud.log", "wb") as log:
        cloud = subprocess.Popen(
            [binary, "practice-cloud", "--listen", listen, "--secret-from-stdin", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )
    try:
        cloud.stdin.write(secret.encode())
        cloud.stdin.close()
        told = json.loads(cloud.stdout.readline())
        (folder / "config" / "config.toml").write_text(
            f"""[tenant]
name = "{TENANT}"
tenant = "{told['tenant']}"
client_id = "{told['client_id']}"
login_url = "{base}"
graph_url = "{base}"
accent = "violet"
""",
            encoding="utf-8",
        )
        subprocess.run(
            [binary, "secret", "set", TENANT], input=secret.encode(), check=True,
            stdout=subprocess.DEVNULL,
        )
        yield base
    finally:
        cloud.kill()
        cloud.wait()
