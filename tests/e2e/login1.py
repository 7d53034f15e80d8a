"""A system bus of the test's own with the part of systemd-logind on it that says whose session is
whose. The program that asks is of no session, as below `systemd --user`: then it is its user's screen.
"""

import os
import subprocess
import sys

LOGIN = "org.freedesktop.login1"
OURS, ANOTHERS = "/org/freedesktop/login1/session/_32", "/org/freedesktop/login1/session/_33"

SERVICE = """
import gi
from gi.repository import Gio, GLib

XML = '''<node>
<interface name="org.freedesktop.login1.Manager">
 <method name="GetSessionByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
 <method name="GetUserByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
</interface>
<interface name="org.freedesktop.login1.User">
 <property name="Display" type="(so)" access="read"/>
</interface></node>'''
MANAGER, USER = Gio.DBusNodeInfo.new_for_xml(XML).interfaces
PATH, USER_PATH = "/org/freedesktop/login1", "/org/freedesktop/login1/user/_1000"


def call(_connection, _sender, _path, _interface, method, _parameters, invocation):
    if method == "GetUserByPID":
        return invocation.return_value(GLib.Variant("(o)", (USER_PATH,)))
    invocation.return_dbus_error(
        "org.freedesktop.login1.NoSessionForPID", "PID does not belong to any known session")


def display(*_):
    return GLib.Variant("(so)", ("2", OURS))


def own(connection, _name):
    connection.register_object(PATH, MANAGER, call, None, None)
    connection.register_object(USER_PATH, USER, None, display, None)


Gio.bus_own_name(Gio.BusType.SYSTEM, LOGIN, 0, own, lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
"""


class SystemBus:
    """Programs started afterwards take it for the system's."""

    def __init__(self):
        self.daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"],
            stdout=subprocess.PIPE, text=True,
        )
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = self.daemon.stdout.readline().strip()
        text = f"LOGIN, OURS = {LOGIN!r}, {OURS!r}\n{SERVICE}"
        self.service = subprocess.Popen(
            [sys.executable, "-c", text], stdout=subprocess.PIPE, text=True
        )
        assert self.service.stdout.readline() == "ready\n", "no logind on the bus"

    def lock(self, session):
        """What `loginctl lock-session` makes logind say."""
        subprocess.run(
            ["dbus-send", "--system", "--type=signal", session, f"{LOGIN}.Session.Lock"], check=True
        )

    def close(self):
        for process in (self.service, self.daemon):
            process.kill()
            process.wait()
