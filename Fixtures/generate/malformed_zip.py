"""Makes Fixtures/malformed/zip: every way a zip archive can lie, as archives of arrays.

    python malformed_zip.py

cases.json lists them: [{"file", "what", "error"}], `error` being the rule that is broken.
"""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy

from zip_bytes import Entry, archive, deflated, zip64_end

OUTPUT = Path(__file__).resolve().parent.parent / "malformed" / "zip"


def array(values=(1.0, 2.0)):
    buffer = io.BytesIO()
    numpy.lib.format.write_array(buffer, numpy.array(values, numpy.float32))
    return buffer.getvalue()


A = array()


def one(**changes):
    return archive([Entry("a.npy", A, **changes)])


def end_cases():
    whole = one()
    yield "cut", "ends inside the directory", "zipWithoutDirectory", whole[:-30]
    yield "no-end", "no end record", "zipWithoutDirectory", whole[:-22]
    yield "trailing", "bytes after the end record", "zipWithoutDirectory", archive([Entry("a.npy", A)], trailing=b"xx")
    yield "comment-long", "a comment longer than the file", "zipWithoutDirectory", archive(
        [Entry("a.npy", A)], end={"comment": 9}
    )
    yield "two-disks", "split over two disks", "zipInSeveralParts", archive([Entry("a.npy", A)], end={"disk": 1})
    yield "here-differs", "fewer entries on this disk than in all", "zipInSeveralParts", archive(
        [Entry("a.npy", A)], end={"here": 0}
    )
    yield "count-large", "more entries than the directory has room for", "zipDirectory", archive(
        [Entry("a.npy", A)], end={"here": 2, "count": 2}
    )
    two = [Entry("a.npy", A), Entry("b.npy", A)]
    yield "count-small", "fewer entries than the directory has", "zipDirectory", archive(
        two, end={"here": 1, "count": 1}
    )
    yield "directory-offset", "the directory begins elsewhere", "zipDirectory", archive(
        [Entry("a.npy", A)], end={"offset": 3}
    )
    yield "directory-beyond", "the directory begins beyond the file", "zipDirectory", archive(
        [Entry("a.npy", A)], end={"offset": 0x7FFFFFFF}
    )
    yield "directory-size", "the directory is longer than it is", "zipDirectory", archive(
        [Entry("a.npy", A)], end={"size": 99999}
    )
    yield "prefix", "bytes before the archive that the offsets do not count", "zipDirectory", b"PK\3\4" + whole
    yield "directory-signature", "an entry of the directory that is none", "zipDirectory", one(central={"signature": 0})

    def large(**changes):
        return archive([Entry("a.npy", A)], before_end=lambda o, s, n: zip64_end(o, s, n, **changes))

    yield "zip64-outside", "the zip64 record lies outside of the file", "zipDirectory", large(at=2**40)
    yield "zip64-negative", "the zip64 record at 2^64 - 1", "zipDirectory", large(at=2**64 - 1)
    yield "zip64-elsewhere", "the zip64 record is none", "zipDirectory", large(at=0)
    yield "zip64-disagrees", "the zip64 record says another offset", "zipDirectory", large(offset=0)
    yield "zip64-count", "2^40 entries", "zipDirectory", large(count=2**40)
    saturated = {"count": 0xFFFF, "here": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
    yield "zip64-many", "2^40 entries, by the zip64 record alone", "zipTooManyEntries", archive(
        [Entry("a.npy", A)], end=saturated, before_end=lambda o, s, n: zip64_end(o, s, 2**40)
    )
    yield "zip64-missing", "saturated fields without a zip64 record", "zipDirectory", archive(
        [Entry("a.npy", A)], end=saturated
    )
    yield "zip64-disks", "a zip64 archive of two disks", "zipInSeveralParts", large(disks=2)


def name_cases():
    for case, name in (
        ("parent", "../a.npy"),
        ("parent-inside", "x/../../a.npy"),
        ("root", "/a.npy"),
        ("backslash", "..\\a.npy"),
        ("drive", "C:a.npy"),
        ("zero", "a\0.npy"),
    ):
        yield f"name-{case}", f"an entry called {name!r}", "zipTraversal", archive([Entry(name, A)])
    yield "name-empty", "an entry without a name", "zipName", archive([Entry("", A)])
    yield "name-not-utf-8", "a name that is not UTF-8", "zipName", archive([Entry(b"\xff\xfe.npy", A)])
    yield "name-twice", "two entries of one name", "zipDuplicate", archive(
        [Entry("a.npy", A), Entry("a.npy", array((3.0,)))]
    )
    yield "name-differs", "the header has another name", "zipLocalHeader", one(local={"name": b"b.npy"})


def entry_cases():
    yield "encrypted", "an encrypted entry", "zipEncrypted", one(flags=1)
    yield "encrypted-strongly", "strong encryption", "zipEncrypted", one(flags=0x41)
    yield "directory-masked", "a masked directory", "zipEncrypted", one(flags=0x2000)
    yield "method-lzma", "compressed by LZMA", "zipCompression", one(method=14, packed=A)
    yield "method-differs", "the header says deflated", "zipLocalHeader", one(local={"method": 8})
    yield "header-signature", "no header where the directory says", "zipLocalHeader", one(local={"signature": 0})
    yield "header-offset", "a header beyond the directory", "zipOutside", one(central={"offset": 10**6})
    yield "header-inside", "a header inside of the data", "zipLocalHeader", one(central={"offset": 40})
    yield "flags-differ", "only the directory says that sizes come later", "zipLocalHeader", one(central={"flags": 8})
    yield "size-differs", "header and directory disagree about the size", "zipSize", one(local={"size": len(A) - 1})
    yield "compressed-differs", "header and directory disagree about the compressed size", "zipSize", one(
        local={"compressed": 7}
    )
    yield "crc-differs", "header and directory disagree about the checksum", "zipSize", one(local={"crc": 1})
    yield "stored-sizes", "stored in fewer bytes than it has", "zipSize", one(
        local={"size": len(A) + 4}, central={"size": len(A) + 4}
    )
    yield "data-outside", "data that reach into the directory", "zipOutside", one(
        local={"size": 9999, "compressed": 9999}, central={"size": 9999, "compressed": 9999}
    )
    huge = {"size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF}
    field = struct.pack("<HHQQ", 1, 16, 2**62, 2**62)
    yield "data-huge", "2^62 bytes by the zip64 field", "zipSize", one(local=huge, central=huge, central_extra=field)
    yield "data-huge-twice", "2^62 bytes by both zip64 fields", "zipOutside", one(
        local=huge, central=huge, central_extra=field, extra=field
    )
    yield "data-negative", "2^64 - 1 bytes by the zip64 field", "zipSize", one(
        local=huge, central=huge, central_extra=struct.pack("<HHQQ", 1, 16, 2**64 - 1, 2**64 - 1)
    )
    yield "zip64-field-missing", "saturated sizes without a zip64 field", "zipSize", one(central=huge)
    yield "zip64-field-cut", "a zip64 field longer than the extra fields", "zipSize", one(
        central=huge, central_extra=struct.pack("<HHQ", 1, 16, 8)
    )
    yield "extra-long", "an extra field that reaches beyond the directory", "zipOutside", overlong_extra()
    later = {"crc": 0, "size": 0, "compressed": 0}
    wrong = struct.pack("<IIII", 0x08074B50, zlib.crc32(A), len(A), len(A) + 1)
    yield "descriptor-differs", "the descriptor after the data says another size", "zipSize", one(
        flags=8, local=later, descriptor=wrong
    )
    yield "descriptor-missing", "no descriptor after the data", "zipSize", one(flags=8, local=later)
    yield "overlap-same", "two entries with the same data", "zipLocalHeader", shared(0)
    yield "overlap-inside", "an entry inside of the data of another", "zipOverlap", nested()
    yield "overlap-quoted", "each entry's data hold all that follow", "zipOverlap", quoted()
    yield "bomb-ratio", "says it inflates to more than deflate can", "zipBomb", one(
        method=8, local={"size": 10**9}, central={"size": 10**9}
    )
    yield "bomb", "150 MB of zeros that deflate to 150 KB", "zipBomb", archive(
        [Entry("a.npy", bytes(150 << 20), method=8)]
    )
    many = [Entry(f"{number}.npy", bytes(10 << 20), method=8) for number in range(15)]
    yield "bomb-many", "fifteen times 10 MB of zeros", "zipBomb", archive(many)


def overlong_extra():
    data = bytearray(one())
    struct.pack_into("<H", data, 28, 60000)
    return bytes(data)


def shared(offset):
    """Two names, one header."""
    return archive([Entry("a.npy", A), Entry("b.npy", A, central={"offset": offset})])


def nested():
    inner = Entry("b.npy", A)
    outer = Entry("a.npy", b"\0" * 16 + inner.local_bytes())
    whole = archive([outer, Entry("b.npy", A, central={"offset": len(outer.local_bytes()) - len(inner.local_bytes())})])
    return whole


def quoted():
    """The overlapping bomb: the stored block of each deflated entry is the header of the next."""
    kernel = Entry("z.npy", bytes(1 << 16), method=8)
    body = kernel.local_bytes()
    entries, offsets = [kernel], [0]
    for number in range(4):
        header_size = len(Entry(f"{number}.npy", b"", packed=b"", method=8).local_bytes())
        following = body
        # A stored block that quotes the header of the entry which follows.
        next_header = 30 + 5
        quote = b"\0" + struct.pack("<HH", next_header, next_header ^ 0xFFFF)
        packed = quote + following
        content = following[:next_header] + zlib.decompressobj(-15).decompress(following[next_header:])
        entry = Entry(f"{number}.npy", content, packed=packed, method=8)
        body = entry.local_bytes()
        offsets = [0] + [offset + header_size + len(quote) for offset in offsets]
        entries.insert(0, entry)
    directory = b"".join(entry.central_bytes(offset) for entry, offset in zip(entries, offsets))
    return (
        body
        + directory
        + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    )


def content_cases():
    """Told only when the entry is read: an array that is deflated."""
    yield "inflate-crc", "the checksum of what it inflates to differs", "zipChecksum", one(
        method=8, local={"crc": 1}, central={"crc": 1}
    )
    yield "inflate-short", "inflates to less than it says", "zipDeflate", one(method=8, packed=deflated(A[:-4]))
    yield "inflate-long", "inflates to more than it says", "zipDeflate", one(method=8, packed=deflated(A + b"\0\0\0\0"))
    yield "inflate-cut", "the deflated bytes end too early", "zipDeflate", one(method=8, packed=deflated(A)[:-2])
    yield "inflate-trailing", "bytes after the deflated ones", "zipDeflate", one(method=8, packed=deflated(A) + b"\0")


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    listed = []
    for cases, when in (
        (end_cases(), "open"),
        (name_cases(), "open"),
        (entry_cases(), "open"),
        (content_cases(), "read"),
    ):
        for name, what, error, data in cases:
            (OUTPUT / f"{name}.npz").write_bytes(data)
            listed.append({"file": f"{name}.npz", "what": what, "error": error, "when": when})
    lines = ",\n".join("  " + json.dumps(case) for case in listed)
    (OUTPUT / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(listed)} cases")


if __name__ == "__main__":
    main()
