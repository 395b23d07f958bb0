"""A small S3 server in the process of a test: as much of the protocol as reading asks for."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET: Final = "logs"
_WRITTEN: Final = "Sun, 01 Nov 2026 00:00:00 GMT"


class ObjectStore:
    """Objects in a bucket, served on 127.0.0.1 as long as the block lasts."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(objects))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def address(self, name: str) -> str:
        """What pyarrow.fs reads an object, or those whose names begin so, by."""
        port = self._server.server_address[1]
        return f"s3://key:secret@{BUCKET}/{name}?scheme=http&endpoint_override=127.0.0.1%3A{port}&region=eu-north-1"

    def __enter__(self) -> "ObjectStore":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(objects: dict[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            name = unquote(parts.path).removeprefix(f"/{BUCKET}").lstrip("/")
            if not name:
                asked = parse_qs(parts.query, keep_blank_values=True)
                self._answer(200, _listing(objects, asked.get("prefix", [""])[0], asked.get("delimiter", [""])[0]), "application/xml")
            elif name not in objects:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
            else:
                self._object(objects[name])

        do_HEAD = do_GET

        def _object(self, content: bytes) -> None:
            wanted = self.headers.get("Range")
            if wanted is None:
                self._answer(200, content, "application/octet-stream")
                return
            first, last = wanted.removeprefix("bytes=").split("-")
            end = min(int(last or len(content)), len(content) - 1)
            self._answer(206, content[int(first) : end + 1], "application/octet-stream", {"Content-Range": f"bytes {first}-{end}/{len(content)}"})

        def _answer(self, code: int, body: bytes, kind: str, more: dict[str, str] | None = None) -> None:
            self.send_response(code)
            headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Last-Modified": _WRITTEN, "ETag": '"1"', "Accept-Ranges": "bytes"}
            for name, value in (headers | (more or {})).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _listing(objects: dict[str, bytes], prefix: str, delimiter: str) -> bytes:
    names = [name for name in sorted(objects) if name.startswith(prefix)]
    folders = sorted(
        {prefix + name.removeprefix(prefix).split(delimiter)[0] + delimiter for name in names if delimiter and delimiter in name[len(prefix) :]}
    )
    files = [name for name in names if not any(name.startswith(folder) for folder in folders)]
    contents = "".join(
        f"<Contents><Key>{escape(name)}</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>1</ETag>"
        f"<Size>{len(objects[name])}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for name in files
    )
    below = "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{BUCKET}</Name>'
        f"<Prefix>{escape(prefix)}</Prefix><KeyCount>{len(files) + len(folders)}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>"
        f"{contents}{below}</ListBucketResult>"
    ).encode()
