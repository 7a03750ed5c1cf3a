"""What is true of a place or a person: sites, participants, and what was recorded of them. Facts know no rule."""
