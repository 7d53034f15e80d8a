"""Drives a real Keydesk window over the accessibility bus, as a person with a screen reader does."""

import os
import subprocess
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

PATIENCE_S = 60


class Station:
    """One running window."""

    def __init__(self, binary, *arguments, log):
        self.log_path = log
        self.log = open(log, "ab")
        self.process = subprocess.Popen(
            [binary, *arguments], stdout=self.log, stderr=subprocess.STDOUT
        )
        self.app = self.wait(self._find_app, "the window on the accessibility bus")

    def _find_app(self):
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(index)
            if child is not None and child.get_process_id() == self.process.pid:
                return child
        return None

    def wait(self, probe, what, patience=PATIENCE_S):
        """The first true answer of `probe`; a failure that names what was awaited."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the program ended with {self.process.returncode} before: {what}")
            try:
                found = probe()
            except gi.repository.GLib.Error:
                found = None
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"not seen in {patience} s: {what}\n{self.outline()}")

    def nodes(self):
        stack = [self.app]
        while stack:
            node = stack.pop()
            if node is None:
                continue
            yield node
            try:
                for index in reversed(range(node.get_child_count())):
                    stack.append(node.get_child_at_index(index))
            except gi.repository.GLib.Error:
                continue

    @staticmethod
    def can_be_clicked(node):
        # The library remembers what a control could do before it was enabled.
        node.clear_cache()
        return (
            node.get_action_iface() is not None
            and node.get_state_set().contains(Atspi.StateType.ENABLED)
        )

    def find(self, name, role=None, contains=False):
        return next(self.find_all(name, role, contains), None)

    def find_all(self, name, role=None, contains=False):
        for node in self.nodes():
            try:
                label = node.get_name() or ""
                if (name in label if contains else name == label) and (
                    role is None or node.get_role_name() == role
                ):
                    yield node
            except gi.repository.GLib.Error:
                continue

    def expect(self, name, role=None, contains=False, patience=PATIENCE_S):
        return self.wait(lambda: self.find(name, role, contains), f"«{name}»", patience)

    def expect_text(self, text, patience=PATIENCE_S):
        """Some visible text that contains `text`."""
        return self.wait(lambda: self.find(text, contains=True), f"text «{text}»", patience)

    def click(self, name, role=None, contains=False):
        def usable():
            return next(filter(self.can_be_clicked, self.find_all(name, role, contains)), None)

        node = self.wait(usable, f"«{name}», enabled")
        node.get_action_iface().do_action(0)

    def type_into(self, name, text):
        def editable():
            return next((node for node in self.find_all(name) if node.get_editable_text_iface()), None)

        node = self.wait(editable, f"field «{name}»")
        node.grab_focus()
        node.get_editable_text_iface().set_text_contents(text)

    def texts(self):
        """Every name and every text on the bus."""
        found = []
        for node in self.nodes():
            try:
                found.append(node.get_name() or "")
                text = node.get_text_iface()
                if text is not None:
                    found.append(Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text)))
            except gi.repository.GLib.Error:
                continue
        return found

    def outline(self):
        lines = []
        for node in self.nodes():
            try:
                lines.append(f"{node.get_role_name()}: {node.get_name()!r}")
            except gi.repository.GLib.Error:
                continue
        return "\n".join(lines)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.log.close()


def environment(name):
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set: run this through tests/e2e/with-desktop and packaging/test")
    return value
