#!/usr/bin/env python3
"""An operator of the real window signs in with a real Chromium at an OpenID provider nobody here wrote.

    tests/openid/with-provider MODULES tests/e2e/with-desktop /usr/bin/python3 tests/e2e/openid.py BINARY FOLDER

The directory behind it is the practice cloud, told to trust the provider's tokens.
1. "Sign in" opens the browser; name, password and consent on the provider's own pages; the person's name
   in the window, a search answered, the refresh token in the real keyring.
2. Ctrl+L locks; another person does not unlock; the same one does, and is asked for the password though
   the browser knows them.
3. Killed and started again: back by the refresh token, which the provider has rotated, behind the lock.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import json
import pathlib
import secrets
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from loopback import free_port, note_secret  # noqa: E402
from operators import press  # noqa: E402
from signed_in import kept_token, wait_for  # noqa: E402
from signed_in_tenant import TENANT, Browser, start_cloud  # noqa: E402
from station import PATIENCE_S, Station, environment  # noqa: E402
from verify import Cloud  # noqa: E402

PETRA = "petra.lindqvist@larkfield.example"


class Chromium(Browser):
    """A real one, where the program's addresses go."""

    def __init__(self, folder):
        super().__init__(folder)
        self.driver = subprocess.Popen(
            ["node", environment("KEYDESK_OPENID_BROWSER"), str(folder / "profile")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )

    def answer_as(self, login):
        """The pages that asked for something."""
        # The provider has no account picker; a browser without a session is asked all the same.
        address = self.next_address().replace("prompt=select_account&", "").replace(
            "&prompt=select_account", "")
        errand = {"open": address, "login": login}
        self.driver.stdin.write(json.dumps(errand) + "\n")
        self.driver.stdin.flush()
        answer = json.loads(self.driver.stdout.readline())
        assert "error" not in answer, answer.get("error")
        assert "You can close this" in answer["text"], answer["text"]
        return answer["asked"]

    def close(self):
        self.driver.stdin.close()
        self.driver.wait(PATIENCE_S)


def configure(folder, graph):
    config = folder / "config"
    config.mkdir()
    (config / "config.toml").write_text(
        f"""[[tenants]]
name = "{TENANT}"
tenant = "{environment('KEYDESK_OPENID_TENANT')}"
client_id = "{environment('KEYDESK_OPENID_CLIENT')}"
sign_in = "operator"
login_url = "{environment('KEYDESK_OPENID_URL')}"
graph_url = "{graph}"
""",
        encoding="utf-8",
    )


def signs_in(station, chromium):
    station.click("Sign in")
    asked = chromium.answer_as("petra")
    assert asked == ["login", "consent"], asked
    station.expect_text("Operator: Petra Lindqvist")
    station.type_into("Find a person", "Elin Berg")
    station.expect_text("Elin Bergström")
    wait_for(kept_token, "a refresh token in the keyring")
    print("1 passed: signed in with Chromium at the provider; its token is the directory's")


def unlocks(station, chromium):
    station.expect_text("Locked")
    station.click("Unlock")
    asked = chromium.answer_as("omar")
    assert "login" in asked, asked
    station.expect_text("Omar Haddad")
    assert station.find("Find a person") is None, "somebody else unlocked the station"
    station.click("Unlock")
    asked = chromium.answer_as("petra")
    assert "login" in asked, asked
    station.expect("Find a person")


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2]) / "openid"
    folder.mkdir(parents=True)
    scratch = pathlib.Path(environment("KEYDESK_SCRATCH")) / "chromium"
    scratch.mkdir()
    secret = secrets.token_urlsafe(30)
    note_secret(secret)
    base = f"http://127.0.0.1:{free_port()}"
    cloud, _ = start_cloud(binary, folder, base, secret)
    chromium, station = Chromium(scratch), None

    def started():
        return Station(
            binary, "--config", str(folder / "config"), "--data", str(folder / "data"),
            "--virtual-keys", log=folder / "window.log",
        )

    try:
        Cloud(base).order(order="sign_in", what="trust_foreign_tokens", upn=PETRA)
        configure(folder, base)
        station = started()
        signs_in(station, chromium)
        press("ctrl+l")
        unlocks(station, chromium)
        print("2 passed: locked, and opened by its operator only, with a fresh sign-in")
        before = kept_token()
        station.process.kill()
        station.process.wait()
        station = started()
        unlocks(station, chromium)
        wait_for(lambda: kept_token() not in ("", before), "the rotated token in the keyring")
        print("3 passed: back after a kill by a token that the provider rotated, behind the lock")
    finally:
        if station is not None:
            station.close()
        chromium.close()
        cloud.kill()
        cloud.wait()
    print("3 passed, 0 failed")


if __name__ == "__main__":
    main()
