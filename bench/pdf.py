"""How many invoices of 20 lines one core prints in a second: `PYTHONPATH=. python bench/pdf.py [documents]`."""

import resource
import sys
import time

from atrio.core import pdf

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30" rx="6"/></svg>'
TITLES = ("#", "Descripción", "Cantidad", "Unidad", "Precio", "IVA", "Importe")


def invoice(number: int) -> dict:
    columns = [{"title": title, "align": "left" if title in ("Descripción", "Unidad") else "right"} for title in TITLES]
    columns[1]["width"] = 1
    lines = [
        [
            str(n),
            ["Lámina galvanizada", f"AC-{n}"],
            f"{n},00",
            "kg",
            f"{number + n}.250,00",
            "19 %",
            f"$ {n * number}.250,00",
        ]
        for n in range(1, 21)
    ]
    return {
        "title": "Factura de venta",
        "number": f"FV-{number}",
        "portal": {"name": "Aceros del Pacífico", "tax_id": "NIT 900.123.456-7"},
        "facts": [["Fecha", "12 de mayo de 2026"], ["Vencimiento", "11 de junio de 2026"]],
        "parties": [{"label": "Cliente", "name": "Ibáñez Hermanos", "details": ["NIT 830.555.019-2", "Bogotá D.C."]}],
        "parts": [{"columns": columns, "lines": lines, "totals": [["Total a pagar", f"$ {number}.000,00", True]]}],
        "qr": f"https://example.org/{number}",
    }


def main() -> None:
    xml = pdf.Attachment("factura.xml", b"<Invoice/>" * 700)
    pdf.render(pdf.DOCUMENT, invoice(0))  # the first one loads the fonts
    started, cpu = time.perf_counter(), time.process_time()
    size = sum(len(pdf.render(pdf.DOCUMENT, invoice(n), attachments=[xml], logo=LOGO)) for n in range(1, COUNT + 1))
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    speed = f"{COUNT / wall:.1f} documents/s, {cpu / COUNT * 1000:.1f} ms CPU each"
    print(f"{speed}, {size // COUNT} bytes each, {memory} MB RSS")


if __name__ == "__main__":
    main()
