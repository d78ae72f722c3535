# SPDX-License-Identifier: GPL-2.0-only
# A pool of four workers, each of which has one job: to sleep.
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

how, workers = sys.argv[1], int(sys.argv[2])
SECONDS = 0.5


def job(_):
    time.sleep(SECONDS)


def create(worker):
    begin = time.monotonic()
    for _ in range(8):
        one = worker(target=int)
        one.start()
        one.join()
    return time.monotonic() - begin


# What the first one of its kind imports and sets up is not what is measured.
if how == "create":
    import threading
    for worker in (threading.Thread, multiprocessing.Process):
        create(worker)
print("ready", flush=True)
os.read(0, 1)
if how == "create":
    thread, process = create(threading.Thread), create(multiprocessing.Process)
    print(process / thread, flush=True)
else:
    kind = ThreadPoolExecutor if how == "threads" else ProcessPoolExecutor
    begin = time.monotonic()
    with kind(workers) as pool:
        list(pool.map(job, range(4)))
    print((time.monotonic() - begin) / SECONDS, flush=True)
os.read(0, 1)
