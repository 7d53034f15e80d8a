"""Puts PNG pictures into one Windows icon: icon.py ICON PNG..."""

import pathlib
import struct
import sys

pictures = [pathlib.Path(name).read_bytes() for name in sys.argv[2:]]
head = struct.pack("<HHH", 0, 1, len(pictures))
at = len(head) + 16 * len(pictures)
for picture in pictures:
    width, height = struct.unpack(">II", picture[16:24])
    # 256 is written as 0.
    head += struct.pack("<BBBBHHII", width % 256, height % 256, 0, 0, 1, 32, len(picture), at)
    at += len(picture)
pathlib.Path(sys.argv[1]).write_bytes(head + b"".join(pictures))
