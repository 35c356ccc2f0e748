from atrio.core import search

from ..models import Product


def make(world, portal, partner, number: str, state: str = "", **facts) -> Product:
    return Product.objects.create(
        portal_id=portal.id,
        external_id=number,
        code=number,
        name=f"Producto {number}",
        price=100,
        currency=portal.currency,
        search=search.tokens(portal.id, numbers=(number,), texts=("Producto",)),
        **facts,
    )
