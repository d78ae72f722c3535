# SPDX-License-Identifier: GPL-2.0-only
# The same four jobs by one thread, by four threads and by four processes.
import hashlib
import os
import sys
import threading
import time

how, size = sys.argv[1], int(sys.argv[2])


def compute():
    at = 0
    while at < size:
        at += 1


data = bytes(100 * size) if how == "digest" else None


def digest():
    # Gives up the lock while it works.
    hashlib.sha256(data).digest()


def sleep():
    time.sleep(0.2)


job = {"compute": compute, "digest": digest, "sleep": sleep}[how]


def serial():
    for _ in range(4):
        job()


def threads():
    started = [threading.Thread(target=job) for _ in range(4)]
    for one in started:
        one.start()
    for one in started:
        one.join()


def processes():
    for _ in range(4):
        if not os.fork():
            job()
            os._exit(0)
    for _ in range(4):
        os.wait()


def seconds(what):
    begin = time.monotonic()
    what()
    return time.monotonic() - begin


print("ready", flush=True)
while os.read(0, 1):
    print(*(round(1e9 * seconds(what)) for what in (serial, threads, processes)), flush=True)
