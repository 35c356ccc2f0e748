"""Electronic documents out of the neutral model: UBL 2.1 and UN/CEFACT CII (Factur-X)."""
