"""What schedules mean for the people who work with them: where a visit stands, what deviates, what an amendment changes, who comes next."""
