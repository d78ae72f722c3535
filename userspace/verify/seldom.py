# SPDX-License-Identifier: GPL-2.0-only
"""Pages that programs seldom meet: merged, of hugetlbfs, pinned, with breakpoints, written by two threads at once."""
import contextlib
import ctypes
import mmap
import os
import threading
import time

PAGE = 4096
PAGES = 512
HUGE = 2 << 20
MAP_HUGETLB = 0x40000
SYS_IO_URING_SETUP, SYS_IO_URING_REGISTER, IORING_REGISTER_BUFFERS = 425, 427, 0
KSM = "/sys/kernel/mm/ksm/"
TRACEFS = "/sys/kernel/tracing/"

# Its calls run without the interpreter's lock.
libc = ctypes.CDLL(None, use_errno=True)


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def write(path, text):
    # As a shell's >>: open() would look for the end, which files of tracefs have not.
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.write(file, text.encode())
    os.close(file)


def number(path):
    with open(path) as file:
        return int(file.read())


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "a system call failed")
    return result


def region(pages=PAGES, flags=0):
    memory = mmap.mmap(-1, pages * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | flags)
    if not flags:
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return memory


def address(memory):
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def touch(memory, step=PAGE):
    for at in range(0, len(memory), step):
        memory[at] = 1


def run_child(act):
    pid = os.fork()
    if not pid:
        act()
        os._exit(0)
    os.waitpid(pid, 0)


@contextlib.contextmanager
def idle_child():
    """A child that shares all pages and does nothing."""
    read, hold = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(hold)
        os.read(read, 1)
        os._exit(0)
    os.close(read)
    yield pid
    os.close(hold)
    os.waitpid(pid, 0)


def merged():
    memory = region()
    memory.madvise(mmap.MADV_MERGEABLE)
    memory[:] = b"pcstats." * (len(memory) // 8)
    write(KSM + "pages_to_scan", "10000")
    write(KSM + "sleep_millisecs", "5")
    write(KSM + "run", "1")
    while number(KSM + "pages_sharing") + number(KSM + "pages_shared") < PAGES:
        time.sleep(0.01)
    # These stay merged, and nobody else's will be.
    write(KSM + "run", "0")
    touch(memory)
    run_child(lambda: touch(memory))


def hugetlb():
    write("/proc/sys/vm/nr_hugepages", "8")
    memory = region(2 * HUGE // PAGE, MAP_HUGETLB)
    touch(memory, HUGE)
    run_child(lambda: touch(memory, HUGE))
    touch(memory, HUGE)


def pinned_by_reader():
    memory = region()
    touch(memory)
    local = ctypes.create_string_buffer(len(memory))
    ours = Iovec(ctypes.addressof(local), len(memory))
    theirs = Iovec(address(memory), len(memory))
    with idle_child() as pid:
        check(libc.process_vm_readv(pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0))


def pinned_at_fork():
    memory = region()
    buffer = Iovec(address(memory), len(memory))
    ring = check(libc.syscall(SYS_IO_URING_SETUP, 1, ctypes.create_string_buffer(120)))
    check(libc.syscall(SYS_IO_URING_REGISTER, ring, IORING_REGISTER_BUFFERS, ctypes.byref(buffer), 1))
    run_child(lambda: None)
    os.close(ring)


def breakpoints():
    """In each page of a mapped program, of instructions that do nothing."""
    program = "/dev/shm/pcstats-seldom"
    with open(program, "wb+") as file:
        file.write(b"\x90" * (16 * PAGE))
        file.flush()
        memory = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC)
    for at in range(0, len(memory), PAGE):
        write(TRACEFS + "uprobe_events", f"p:pcstats_seldom/at{at} {program}:{at:#x}\n")
    for enable in "1", "0":
        write(TRACEFS + "events/pcstats_seldom/enable", enable)


def written_at_once():
    """Of two threads that write the same shared pages, one comes too late for some of them."""
    memory = region()
    touch(memory)
    for _ in range(4):
        with idle_child():
            threads = [threading.Thread(target=libc.memset, args=(ctypes.c_void_p(address(memory)), 7, len(memory)))
                       for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()


def mapped_meanwhile():
    """First copies in new mappings, while a thread changes another one and so holds the mmap lock most of the time."""
    large = region(16 * PAGES)
    touch(large)
    where = ctypes.c_void_p(address(large))
    done = False

    def change():
        while not done:
            for protection in mmap.PROT_READ, mmap.PROT_READ | mmap.PROT_WRITE:
                check(libc.mprotect(where, ctypes.c_size_t(len(large)), protection))

    thread = threading.Thread(target=change)
    thread.start()
    with open("/proc/self/exe", "rb") as file:
        for _ in range(50):
            with mmap.mmap(file.fileno(), PAGE, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE) as page:
                page[0] = page[0] ^ 1
    done = True
    thread.join()


if __name__ == "__main__":
    merged()
    hugetlb()
    pinned_by_reader()
    pinned_at_fork()
    breakpoints()
    written_at_once()
    mapped_meanwhile()
