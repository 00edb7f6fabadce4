"""Outputs rendered from an executed notebook by nbconvert exporters; the notebook is their only source."""
