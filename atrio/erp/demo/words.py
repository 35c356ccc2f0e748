"""What people of the demonstration company and of its partners write to each other, each in its own language."""

from .tables import businesses

ANSWERS = {
    "es": {
        "reject": "No tenemos existencias de estas referencias hasta el próximo mes.",
        "price": "El proveedor de materia prima subió el precio este mes; adjuntamos la nueva lista.",
        "date": "Nuestro horno está en mantenimiento: entregamos la mitad y el resto una semana después.",
        "invoice": "Factura de la entrega recibida en su bodega.",
        "explain": "Buenos días. La diferencia es el empaque reforzado que acordamos por teléfono con Camilo.",
        "when": "Buenos días. ¿Nos confirman la fecha de pago de esta factura? Gracias.",
        "friday": "Buenos días, quedó programada para el pago de este viernes.",
    },
    "pt": {
        "reject": "Estamos sem estoque destes itens até o próximo mês.",
        "price": "A matéria-prima subiu este mês; segue a nova tabela de preços.",
        "date": "Podemos entregar metade agora e o restante uma semana depois.",
        "invoice": "Fatura referente à entrega recebida.",
        "explain": "Bom dia. A diferença é a embalagem reforçada combinada por telefone.",
        "when": "Bom dia. Vocês podem confirmar a data de pagamento desta fatura? Obrigado.",
        "friday": "Bom dia, o pagamento está programado para esta sexta-feira.",
    },
    "en": {
        "reject": "We are out of stock on these items until next month.",
        "price": "Steel prices went up this month; our new price list is attached.",
        "date": "We can ship half now and the rest one week later.",
        "invoice": "Invoice for the shipment received at your warehouse.",
        "explain": "Good morning. The difference is the reinforced crating we agreed on by phone.",
        "when": "Good morning. Could you confirm when this invoice will be paid? Thank you.",
        "friday": "Good morning, it is scheduled for this Friday's payment run.",
    },
}
DECISIONS = {
    "to_revise": "El precio de la primera línea no es el de la orden. Corrija el precio y envíela de nuevo.",
    "rejected": "El precio no corresponde a la orden y el aumento no fue aprobado. Emita una nota crédito.",
}
NOTES = {
    "difference": "La primera línea trae otro precio que la orden. ¿Nos explican la diferencia, por favor?",
    "aside": "Camilo: ¿aprobaste este aumento? Si no, la devolvemos.",
    "called": "Llamada al contacto de tesorería; promete pago para el viernes.",
}


def language_of(code: str) -> str:
    """The language in which a partner writes."""
    country = next(b.country for b in businesses() if b.code == code)
    return {"BR": "pt", "US": "en"}.get(country, "es")
