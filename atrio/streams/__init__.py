"""Files that go out while they are made, piece by piece. Pure Python: knows no Django and no portal."""
