"""Everything with a vendor in it; siblings never import each other."""
