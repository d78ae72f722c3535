# SPDX-License-Identifier: GPL-2.0-only
"""Pages that programs seldom meet: merged ones, of hugetlbfs, pinned to be read, written by many threads at once."""
import ctypes
import mmap
import os
import threading
import time

PAGE = 4096
PAGES = 512
HUGE = 2 << 20
MAP_HUGETLB = 0x40000
KSM = "/sys/kernel/mm/ksm/"


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def number(path):
    with open(path) as file:
        return int(file.read())


def in_child(act):
    pid = os.fork()
    if not pid:
        act()
        os._exit(0)
    return pid


def touch(memory, size, step=PAGE):
    for at in range(0, size, step):
        memory[at] = 1


def merged():
    memory = mmap.mmap(-1, PAGES * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    memory.madvise(mmap.MADV_MERGEABLE)
    memory[:] = b"pcstats." * (PAGES * PAGE // 8)
    write(KSM + "pages_to_scan", "10000")
    write(KSM + "sleep_millisecs", "5")
    write(KSM + "run", "1")
    # A stable page takes 256 others.
    while number(KSM + "pages_sharing") + number(KSM + "pages_shared") < PAGES:
        time.sleep(0.01)
    # It stays merged; nobody else's pages will be.
    write(KSM + "run", "0")
    touch(memory, PAGES * PAGE)
    os.waitpid(in_child(lambda: touch(memory, PAGES * PAGE)), 0)


def hugetlb():
    write("/proc/sys/vm/nr_hugepages", "8")
    memory = mmap.mmap(-1, 2 * HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_HUGETLB)
    touch(memory, 2 * HUGE, HUGE)
    os.waitpid(in_child(lambda: touch(memory, 2 * HUGE, HUGE)), 0)
    touch(memory, 2 * HUGE, HUGE)


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def pinned():
    memory = mmap.mmap(-1, PAGES * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    touch(memory, PAGES * PAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    read, hold = os.pipe()
    pid = in_child(lambda: (os.close(hold), os.read(read, 1)))
    os.close(read)
    local = ctypes.create_string_buffer(PAGES * PAGE)
    ours = Iovec(ctypes.addressof(local), PAGES * PAGE)
    theirs = Iovec(address, PAGES * PAGE)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.process_vm_readv(pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) != PAGES * PAGE:
        raise OSError(ctypes.get_errno(), "process_vm_readv")
    os.close(hold)
    os.waitpid(pid, 0)


def raced():
    """Threads that write the same shared pages at once: most come too late for some."""
    memory = mmap.mmap(-1, PAGES * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    touch(memory, PAGES * PAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for _ in range(4):
        read, hold = os.pipe()
        pid = in_child(lambda: (os.close(hold), os.read(read, 1)))
        os.close(read)
        # Without the interpreter's lock.
        threads = [threading.Thread(target=ctypes.CDLL(None).memset, args=(ctypes.c_void_p(address), 7, PAGES * PAGE))
                   for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os.close(hold)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    merged()
    hugetlb()
    pinned()
    raced()
