# SPDX-License-Identifier: GPL-2.0-only
# A pool of workers, with a job for each of them: to sleep.
import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

how, workers = sys.argv[1], int(sys.argv[2])
SECONDS = 0.5
# A thread that has done its job would be given another one, if that came late.
begun = threading.Barrier(workers)


def job(_):
    if how == "threads":
        begun.wait()
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
        list(pool.map(job, range(workers)))
    print((time.monotonic() - begin) / SECONDS, flush=True)
os.read(0, 1)
