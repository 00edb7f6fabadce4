"""The registers an office keeps through the year, how they are read, and the store that keeps them."""
