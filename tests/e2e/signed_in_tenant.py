"""A tenant whose operators sign in: the practice cloud in a process of its own, and what stands where the
system's browser does."""

import http.cookiejar
import json
import os
import subprocess
import time
import urllib.parse
import urllib.request

from station import PATIENCE_S

PAGE = "application/vnd.keydesk.page+json"
TENANT = "Loopback"


class Browser:
    """Stands where the system's browser does: gets addresses from a program named xdg-open."""

    def __init__(self, folder):
        self.addresses = folder / "addresses"
        self.addresses.mkdir()
        programs = folder / "programs"
        programs.mkdir()
        opener = programs / "xdg-open"
        opener.write_text(f'#!/bin/sh\nprintf %s "$1" > "$(mktemp {self.addresses}/XXXXXX)"\n')
        opener.chmod(0o755)
        os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)

    def next_address(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            for file in self.addresses.iterdir():
                address = file.read_text()
                if address:
                    file.unlink()
                    return address
            time.sleep(0.05)
        raise AssertionError("no page was opened in the browser")

    def answer_as(self, upn):
        """Chooses the account on the page that was opened, and follows it back to the program."""
        address = self.next_address()
        request = urllib.request.Request(address, headers={"Accept": f"{PAGE}, text/html;q=0.9"})
        with self.opener.open(request, timeout=PATIENCE_S) as answer:
            page = json.load(answer)
        account = next(one["id"] for one in page["accounts"] if one["upn"] == upn)
        fields = {"flow": page["form"]["flow"], "account": account}
        target = urllib.parse.urljoin(address, page["form"]["action"])
        body = urllib.parse.urlencode(fields).encode()
        with self.opener.open(target, body, timeout=PATIENCE_S) as answer:
            assert "You can close this" in answer.read().decode(), "the browser is told nothing"


def configure(folder, base, told, more=""):
    config = folder / "config"
    config.mkdir()
    (config / "config.toml").write_text(
        f"""[[tenants]]
name = "{TENANT}"
tenant = "{told['tenant']}"
client_id = "{told['client_id']}"
sign_in = "operator"
authentication_context = "c1"
login_url = "{base}"
graph_url = "{base}"
{more}""",
        encoding="utf-8",
    )


def start_cloud(binary, folder, base, secret, *options):
    with open(folder / "cloud.log", "wb") as log:
        cloud = subprocess.Popen(
            [binary, "practice-cloud", "--listen", base.removeprefix("http://"), "--secret-from-stdin",
             *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )
    cloud.stdin.write(secret.encode())
    cloud.stdin.close()
    return cloud, json.loads(cloud.stdout.readline())
