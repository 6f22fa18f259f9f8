"""From staging to live: what each phase of a rollout must show, and what it showed."""
