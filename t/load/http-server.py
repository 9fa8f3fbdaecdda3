# SPDX-License-Identifier: MIT
#
# http-server.py SIG_DFL|SIG_IGN DIRECTORY: Python's own server of files, a thread for each
# connection, on a port that it prints.  Python ignores SIGPIPE; its manual's advice for
# programs that shall end in a pipeline is SIG_DFL.
import http.server
import signal
import sys

signal.signal(signal.SIGPIPE, getattr(signal, sys.argv[1]))


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *what):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 4096

    def handle_error(self, *what):
        pass


server = Server(('127.0.0.1', 0), lambda *a: Handler(*a, directory=sys.argv[2]))
print('port', server.server_port, flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
