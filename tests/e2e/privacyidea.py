#!/usr/bin/env python3
"""One key for one person of a real privacyIDEA server, in the real window.

    tests/privacyidea/with-server ENVIRONMENT tests/e2e/with-desktop \\
        /usr/bin/python3 tests/e2e/privacyidea.py BINARY FOLDER

1. A tenant in config.toml, the administrator's password by `keydesk secret set`.
2. The connection is tested in Settings.
3. Person, key, register, touch, confirmed: the server lists the token, and no half-made one.
FOLDER receives the logs and the files, so that they can be searched for secrets afterwards.
"""

import json
import pathlib
import subprocess
import sys
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from desk import (  # noqa: E402
    MODEL, choose_person, note_secret, open_bench, rows, set_passphrase, shown_pin,
)
from station import Station, environment  # noqa: E402

TENANT = "Own server"
REALM = "employees"
ADMINISTRATOR = "op"


class Server:
    """The server as its administrator sees it."""

    def __init__(self, url, password):
        self.url = url
        signed_in = self.call("/auth", {"username": ADMINISTRATOR, "password": password})
        self.token = signed_in["token"]

    def call(self, path, body=None):
        request = urllib.request.Request(self.url + path)
        if body is None:
            request.add_header("Authorization", self.token)
        else:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["result"]["value"]

    def tokens(self, user):
        query = urllib.parse.urlencode({"user": user, "realm": REALM})
        return self.call(f"/token/?{query}")["tokens"]


def configure(binary, config, url, password):
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        f"""[tenant]
name = "{TENANT}"
directory = "privacyidea"
server_url = "{url}"
realm = "{REALM}"
administrator = "{ADMINISTRATOR}"
accent = "teal"
""",
        encoding="utf-8",
    )
    stored = subprocess.run(
        [binary, "--config", str(config), "secret", "set", TENANT],
        input=password + "\n", capture_output=True, text=True, check=True,
    )
    assert "administrator's password" in stored.stdout, stored.stdout


def test_connection(station):
    station.click("Settings", contains=True)
    station.expect("Server address")
    station.click("Test connection")
    station.expect("Relying party", contains=True)
    station.expect("Register keys", contains=True)
    assert station.find("is missing", contains=True) is None, station.outline()
    station.click("Desk", contains=True)


def register(station, typed, full_name, confirm):
    choose_person(station, typed, full_name)
    station.click(f"Insert {MODEL}")
    station.expect_text("Model allowed")
    station.click("Register key")
    station.expect_text("Touch the key now")
    station.expect_text("Confirmed in privacyIDEA")
    station.click("Touch")
    station.expect("Reveal PIN")
    station.click("Reveal PIN")
    station.expect_text("Needed to reveal PINs")
    confirm(station)
    note_secret(station.wait(lambda: shown_pin(station), "the revealed PIN"))


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2]) / "privacyidea"
    environment("KEYDESK_DESKTOP_INSIDE")
    url = environment("KEYDESK_PRIVACYIDEA_URL")
    password = environment("KEYDESK_PRIVACYIDEA_PASSWORD")
    server = Server(url, password)
    assert server.tokens("elin") == []
    config, data = folder / "config", folder / "data"
    configure(binary, config, url, password)
    station = Station(
        binary, "--config", str(config), "--data", str(data), "--virtual-keys",
        log=folder / "window.log",
    )
    try:
        station.expect("Find a person")
        station.expect_text(TENANT)
        test_connection(station)
        confirm = set_passphrase(station)
        open_bench(station)
        register(station, "bergstr", "Elin Bergström", confirm)
        written = rows(data)
        listed = server.tokens("elin")
        assert [one["serial"] for one in listed] == [written[0][1]], (written, listed)
        assert listed[0]["tokentype"] == "passkey" and listed[0]["active"], listed
        assert listed[0]["rollout_state"] == "enrolled", listed
        assert listed[0]["info"]["credential_id_hash"], listed
        station.click("Next person")
        station.expect("Find a person")
        choose_person(station, "bergstr", "Elin Bergström")
        station.expect("1 key")
        assert station.find("State unknown") is None, "privacyIDEA keeps no such state"
        named = [text for text in station.texts() if "Entra" in text]
        assert not named, named
        print("1 passed, 0 failed")
    finally:
        station.close()


if __name__ == "__main__":
    main()
