#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# epipe_scope: `with epipe_scope():` for a program that has SIGPIPE at its default action, as
# one that embeds Python or starts children has.  No SIGPIPE from what this thread writes.
#
#     epipe_scope.py [--plain]     to a socket whose other end is gone

import ctypes
import os

_library = ctypes.CDLL(os.environ.get("LIBEPIPE", "libepipe.so.0"), use_errno=True)


class epipe_scope:
    """As epipe_scope_enter(3); reentrant, and count is what the scope swallowed."""

    def __enter__(self):
        self._scope = (ctypes.c_void_p * (64 // ctypes.sizeof(ctypes.c_void_p)))()
        if _library.epipe_scope_enter(self._scope) != 0:
            raise OSError(ctypes.get_errno(), "epipe_scope_enter")
        return self

    def __exit__(self, *exception):
        self.count = _library.epipe_scope_leave(self._scope)
        return False


if __name__ == "__main__":
    import contextlib
    import signal
    import socket
    import sys

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it
    ours, theirs = socket.socketpair()
    theirs.close()
    with contextlib.nullcontext() if sys.argv[1:] == ["--plain"] else epipe_scope() as scope:
        try:
            os.write(ours.fileno(), b"request")
        except OSError as error:
            print("write:", error.strerror)
    print("swallowed:", scope.count)
