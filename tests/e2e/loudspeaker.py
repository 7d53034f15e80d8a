"""A sound server of the test's own whose loudspeaker is a recording."""

import array
import os
import pathlib
import subprocess
import time

from station import PATIENCE_S, environment

RATE = 44100
# Far below the quietest cue, above rounding.
LOUD = 300


class Loudspeaker:
    """Programs started afterwards play on it."""

    def __init__(self):
        folder = pathlib.Path(environment("XDG_RUNTIME_DIR"))
        socket, self.recording = folder / "sound", folder / "recording"
        self.server = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
             "--log-level=error", "--load=module-null-sink sink_name=desk",
             f"--load=module-native-protocol-unix auth-anonymous=1 socket={socket}"],
        )
        os.environ["PULSE_SERVER"] = f"unix:{socket}"
        (pathlib.Path.home() / ".asoundrc").write_text("pcm.!default pulse\nctl.!default pulse\n")
        end = time.monotonic() + PATIENCE_S
        while not socket.exists():
            assert time.monotonic() < end and self.server.poll() is None, "no sound server"
            time.sleep(0.05)
        with open(self.recording, "wb") as file:
            self.recorder = subprocess.Popen(
                ["parec", "--device=desk.monitor", "--raw", "--format=s16le", f"--rate={RATE}",
                 "--channels=1"],
                stdout=file,
            )

    def cues(self):
        """How many sounds were heard, with silence between them."""
        samples = array.array("h")
        heard = self.recording.read_bytes()
        samples.frombytes(heard[: len(heard) // 2 * 2])
        count, last = 0, -RATE
        for at, sample in enumerate(samples):
            if abs(sample) > LOUD:
                count += at - last > RATE // 10
                last = at
        return count

    def close(self):
        for process in (self.recorder, self.server):
            process.kill()
            process.wait()
