# SPDX-License-Identifier: GPL-2.0-only
"""pool.py JOBS: a pool of processes that write to what they got from their parent, which has threads."""
import multiprocessing
import sys

TABLE = [[i] for i in range(20000)]


def work(n):
    # Each reference that is counted is a write to a page that was shared.
    return sum(row[0] for row in TABLE) + n


if __name__ == "__main__":
    jobs = int(sys.argv[1])
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        results = pool.map(work, range(4 * jobs))
    sys.exit(results != [sum(range(20000)) + n for n in range(4 * jobs)])
