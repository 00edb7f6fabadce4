"""Publication: the gate that a signed report passes, the site that is made of what the log says was published."""
