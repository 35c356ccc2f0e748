from atrio.core import search

from ..models import Partner


def make(world, portal, partner, number: str, state: str = "", **facts) -> Partner:
    """Another partner of the portal, whom no partner may see."""
    return Partner.objects.create(
        portal_id=portal.id,
        external_id=number,
        code=number,
        name=f"Socio {number}",
        is_customer=True,
        search=search.tokens(portal.id, numbers=(number,), texts=("Socio",)),
        **facts,
    )
