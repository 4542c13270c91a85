"""Signed papers bound with others: what was signed is seen, but the signatures stay with the kept file."""

import io


def flattened(pdf: bytes) -> bytes:
    """The same pages with signatures and seal as plain content: bound into another file, their fields would be lost."""
    import pikepdf  # noqa: PLC0415 - with the press: only a process that prints pays for it

    with pikepdf.open(io.BytesIO(pdf)) as paper:
        paper.flatten_annotations("all")
        for page in paper.pages:
            left = [it for it in page.get("/Annots", []) if it.get("/Subtype") != "/Widget"]
            page.Annots = pikepdf.Array(left)
        for name in ("/AcroForm", "/Perms"):
            if name in paper.Root:
                del paper.Root[name]
        target = io.BytesIO()
        paper.save(target, deterministic_id=True)
    return target.getvalue()
