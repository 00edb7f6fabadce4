"""Register files made for tests, in the shapes that offices and attackers send."""
