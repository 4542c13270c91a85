"""Files made to keep whoever reads them busy."""


def an_endless_pdf(depth: int = 60, padding: int = 0) -> bytes:
    """A few kilobytes whose form fields, each of them twice the child of the one above, are 2 to the power of `depth`."""
    bodies = ["<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>", "<</Type/Pages/Kids[]/Count 0>>"]
    bodies += [f"<</T(f{it})/FT/Sig/Kids[{it + 4} 0 R {it + 4} 0 R]>>" for it in range(depth)]
    bodies.append("<</T(last)/FT/Sig>>")
    pdf, places = b"%PDF-1.7\n%" + b"x" * padding + b"\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(pdf))
        pdf += f"{number} 0 obj\n{body}\nendobj\n".encode()
    size = len(bodies) + 1
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(pdf)}\n%%EOF\n"
    return pdf + end.encode()
