# SPDX-License-Identifier: GPL-2.0-only
"""
A socket whose lock is held by a system call that waits for a page: userfaultfd(2),
<linux/userfaultfd.h>. For programs in the guest, as root.
"""
import ctypes
import fcntl
import mmap
import os
import struct
import threading

SYS_USERFAULTFD = 323
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_ZEROPAGE = 0xc018aa3f, 0xc020aa00, 0xc020aa04
UFFD_API, UFFDIO_REGISTER_MODE_MISSING = 0xaa, 1
SOL_TCP, TCP_MD5SIG, MD5SIG_SIZE = 6, 14, 216
PAGE = 4096

libc = ctypes.CDLL(None, use_errno=True)


class Held:
    """From now on until release()."""

    def __init__(self, sock):
        self.uffd = libc.syscall(SYS_USERFAULTFD, os.O_CLOEXEC)
        fcntl.ioctl(self.uffd, UFFDIO_API, struct.pack("QQQ", UFFD_API, 0, 0))
        self.memory = mmap.mmap(-1, 2 * PAGE)
        self.memory[0] = 1
        self.page = PAGE + ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        fcntl.ioctl(self.uffd, UFFDIO_REGISTER, struct.pack(
            "QQQQ", self.page, PAGE, UFFDIO_REGISTER_MODE_MISSING, 0))
        # This option reads all but the first bytes under the lock.
        self.holder = threading.Thread(target=libc.setsockopt, daemon=True, args=(
            sock.fileno(), SOL_TCP, TCP_MD5SIG, ctypes.c_void_p(self.page - 8),
            MD5SIG_SIZE))
        self.holder.start()
        os.read(self.uffd, 32)  # the fault

    def is_held(self):
        return self.holder.is_alive()

    def release(self):
        fcntl.ioctl(self.uffd, UFFDIO_ZEROPAGE,
                    struct.pack("QQQQ", self.page, PAGE, 0, 0))
        self.holder.join()
        os.close(self.uffd)
