"""Runs an S3 with a bucket `state`, using moto. Prints its address, then for each request the access key
that signed it, the method and the path, and for a request to `/end` only that. Exits when stdin ends.
"""
import re
import sys
import threading

from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

s3 = DomainDispatcherApplication(create_backend_app)


class Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


def app(environ, start_response):
    if environ["PATH_INFO"] == "/end":
        print("/end", flush=True)
        start_response("204 No Content", [])
        return []
    signed = re.search("Credential=([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    key = signed[1] if signed else "nobody"
    print(key, environ["REQUEST_METHOD"], environ["PATH_INFO"], flush=True)
    return s3(environ, start_response)


s3_backends["123456789012"]["aws"].create_bucket("state", "eu-west-1")
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.port}", flush=True)
sys.stdin.read()
