# SPDX-License-Identifier: GPL-2.0-only
# Fork a child that looks at what its parent has made, between two lines on stdin.
import gc
import os
import sys

how, count = sys.argv[1], int(sys.argv[2])
PAGE = os.sysconf("SC_PAGESIZE")
# The collector keeps two words in front of an object.
HEAD = 16


def wait():
    os.read(0, 1)


def pages(addresses):
    return len({address // PAGE for address in addresses})


# No collection but the one that is asked for.
gc.disable()
if how in ("count", "write"):
    # 32 bytes for each of the objects that the others make, without a header.
    buffer = bytearray(b"x") * (32 * count)
    held = len(buffer) // PAGE
else:
    objects = [[number] for number in range(count)]
    held = pages(id(one) - HEAD for one in objects)
if how.startswith("freeze"):
    gc.freeze()

child = os.fork()
if not child:
    print(os.getpid(), held, flush=True)
    wait()
    if how == "count":
        buffer.count(b"y")
    elif how == "write":
        for at in range(0, len(buffer), PAGE):
            buffer[at] = 0
    elif how.endswith("read"):
        for one in objects:
            pass
    elif how.endswith("collect"):
        gc.collect()
    print("done", flush=True)
    wait()
    os._exit(0)
os.waitpid(child, 0)
