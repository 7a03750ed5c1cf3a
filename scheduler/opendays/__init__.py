"""Which days a site is open, why, on whose word, and until when that is announced."""
