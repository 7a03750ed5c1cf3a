"""What schedules mean for the people who work with them: where a visit stands today, what deviates, what an amendment changes."""
