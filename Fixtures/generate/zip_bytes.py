"""Zip archives put together by hand, so that they can be wrong in ways no library writes."""

import struct
import zlib


class Entry:
    """One entry; every field of either header can be given another value."""

    def __init__(
        self,
        name,
        data,
        *,
        method=0,
        flags=0,
        local=None,
        central=None,
        packed=None,
        descriptor=b"",
        extra=b"",
        central_extra=b""
    ):
        self.name = name if isinstance(name, bytes) else name.encode()
        self.data, self.method, self.flags = data, method, flags
        self.local, self.central = local or {}, central or {}
        self.packed = packed if packed is not None else deflated(data) if method == 8 else data
        self.descriptor, self.extra, self.central_extra = descriptor, extra, central_extra

    def fields(self, changes):
        fields = {
            "name": self.name,
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(self.data),
            "compressed": len(self.packed),
            "size": len(self.data),
        }
        return fields | changes

    def local_bytes(self):
        f = self.fields(self.local)
        head = struct.pack(
            "<IHHHHHIIIHH",
            f.get("signature", 0x04034B50),
            20,
            f["flags"],
            f["method"],
            0,
            0x21,
            f["crc"],
            f["compressed"],
            f["size"],
            len(f["name"]),
            len(self.extra),
        )
        return head + f["name"] + self.extra + self.packed + self.descriptor

    def central_bytes(self, offset):
        f = self.fields(self.central)
        head = struct.pack(
            "<IHHHHHHIIIHHHHHII",
            f.get("signature", 0x02014B50),
            20,
            20,
            f["flags"],
            f["method"],
            0,
            0x21,
            f["crc"],
            f["compressed"],
            f["size"],
            len(f["name"]),
            len(self.central_extra),
            0,
            0,
            0,
            0,
            f.get("offset", offset),
        )
        return head + f["name"] + self.central_extra


def deflated(data, level=9):
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


def archive(entries, *, end=None, before_end=b"", comment=b"", trailing=b"", local_only=()):
    """The file; `end` changes fields of the end record, `before_end` stands between directory and end record."""
    body, offsets = b"", []
    for entry in entries:
        offsets.append(len(body))
        body += entry.local_bytes()
    for entry in local_only:
        body += entry.local_bytes()
    directory = b"".join(entry.central_bytes(offset) for entry, offset in zip(entries, offsets))
    f = {
        "disk": 0,
        "directory_disk": 0,
        "here": len(entries),
        "count": len(entries),
        "size": len(directory),
        "offset": len(body),
        "comment": len(comment),
    } | (end or {})
    record = struct.pack(
        "<IHHHHIIH",
        0x06054B50,
        f["disk"],
        f["directory_disk"],
        f["here"],
        f["count"],
        f["size"],
        f["offset"],
        f["comment"],
    )
    between = before_end(len(body), len(directory), len(entries)) if callable(before_end) else before_end
    return body + directory + between + record + comment + trailing


def zip64_end(start, length, entries, **changes):
    """The zip64 end record and its locator."""
    f = {"count": entries, "size": length, "offset": start, "at": start + length, "disks": 1} | changes
    record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, f["count"], f["count"], f["size"], f["offset"])
    return record + struct.pack("<IIQI", 0x07064B50, 0, f["at"], f["disks"])
