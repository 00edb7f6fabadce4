"""What is made out of an executed notebook: nbconvert exporters, and nothing but the notebook as their source."""
