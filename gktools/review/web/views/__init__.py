"""What a page of the review application is filled with: pure functions from values to values, no tags, no requests."""
