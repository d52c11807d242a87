"""Small PDFs, written by hand: what stands on a page is a content stream of these pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

REGULAR, BOLD = "R", "B"
PAGE = (612, 792)


def at(x: float, y: float, words: str, size: float = 11, font: str = REGULAR, *, before: str = "") -> str:
    """Words with their baseline's left end at (x, y), from the page's bottom left; ``before``: operators."""
    text = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"q {before} BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET Q\n"


def paragraph(
    x: float, y: float, words: str, *, letters: int = 80, size: float = 11, font: str = REGULAR
) -> str:
    """Words in lines of at most so many letters, 1.2 em apart."""
    return "".join(
        at(x, y - 1.2 * size * number, line, size, font) for number, line in enumerate(wrap(words, letters))
    )


def row(y: float, *cells: tuple[float, str], size: float = 11, font: str = REGULAR) -> str:
    """Cells of a table: (x, words) each."""
    return "".join(at(x, y, words, size, font) for x, words in cells)


def box(x: float, y: float, width: float, height: float, colour: str = "0 0 0") -> str:
    """A filled rectangle; ``colour`` is red, green, blue, 0 to 1."""
    return f"q {colour} rg {x} {y} {width} {height} re f Q\n"


def picture(x: float, y: float, width: float, height: float) -> str:
    """An image of black and white stripes, as a scan's letters would be."""
    stripes = "00FF" * 64
    return f"q {width} 0 0 {height} {x} {y} cm BI /W 32 /H 4 /CS /G /BPC 8 /F /AHx ID {stripes}> EI Q\n"


def pdf(
    *pages: str,
    info: Mapping[str, str] | None = None,
    outline: Sequence[tuple[str, int]] = (),
    rotate: int = 0,
    size: tuple[float, float] = PAGE,
    trailer: str = "",
) -> bytes:
    """A PDF of these content streams. ``outline``: (words, page from 0) of each bookmark."""
    objects: list[bytes] = [b"", b""]  # 1 and 2: catalog and page tree, made last

    def add(body: str | bytes) -> int:
        objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(objects)

    names = {REGULAR: "Helvetica", BOLD: "Helvetica-Bold"}
    fonts = " ".join(
        f"/{key} {add(f'<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>')} 0 R"
        for key, name in names.items()
    )
    clear = add("<< /Type /ExtGState /ca 0 >>")
    kids: list[int] = []
    for content in pages:
        data = content.encode("cp1252")
        stream = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data))
        kids.append(
            add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Rotate {rotate}"
                f" /Resources << /Font << {fonts} >> /ExtGState << /Clear {clear} 0 R >> >>"
                f" /Contents {stream} 0 R >>"
            )
        )
    marks = _outline(objects, outline, kids)
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {marks} >>".encode()
    objects[1] = (
        f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{k} 0 R' for k in kids)}] >>".encode()
    )
    if info:
        entries = " ".join(f"/{key} ({value})" for key, value in info.items())
        trailer += f" /Info {add(f'<< {entries} >>')} 0 R"
    return _written(objects, trailer)


def _outline(objects: list[bytes], outline: Sequence[tuple[str, int]], kids: Sequence[int]) -> str:
    if not outline:
        return ""
    root = len(objects) + 1
    first, last = root + 1, root + len(outline)
    objects.append(
        f"<< /Type /Outlines /First {first} 0 R /Last {last} 0 R /Count {len(outline)} >>".encode()
    )
    for number, (words, page) in enumerate(outline, first):
        beside = f"/Prev {number - 1} 0 R " if number > first else ""
        beside += f"/Next {number + 1} 0 R" if number < last else ""
        objects.append(
            f"<< /Title ({words}) /Parent {root} 0 R {beside} /Dest [{kids[page]} 0 R /Fit] >>".encode()
        )
    return f"/Outlines {root} 0 R"


def _written(objects: Sequence[bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += (
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode(
            "latin-1"
        )
    )
    return bytes(out)
